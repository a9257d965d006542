# Third-party libraries, all from the distribution's packages (see scripts/setup).

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(simdjson REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(tl-expected REQUIRED)
find_package(prometheus-cpp REQUIRED CONFIG)
find_package(ZLIB REQUIRED)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(CURL 7.85 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(utf8proc REQUIRED IMPORTED_TARGET libutf8proc)

# BLIS without threads of its own, linked in, behind Eigen (docs/adr/0022-blis.md).
find_path(BLIS_INCLUDE_DIR blis.h PATH_SUFFIXES blis-serial REQUIRED)
find_library(BLIS_LIBRARY libblis.a PATH_SUFFIXES blis-serial REQUIRED)
add_library(BLIS::Serial STATIC IMPORTED)
set_target_properties(BLIS::Serial PROPERTIES IMPORTED_LOCATION ${BLIS_LIBRARY} INTERFACE_LINK_LIBRARIES Threads::Threads
                      INTERFACE_COMPILE_DEFINITIONS EIGEN_USE_BLAS
                      INTERFACE_INCLUDE_DIRECTORIES ${BLIS_INCLUDE_DIR})

find_path(HNSWLIB_INCLUDE_DIR hnswlib/hnswlib.h REQUIRED)  # headers only
if(ROUTELLM_BUILD_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()
if(ROUTELLM_BUILD_BENCH)
  find_package(benchmark REQUIRED)
endif()
