# How this project declares its targets.

add_library(routellm_options INTERFACE)
target_compile_options(routellm_options INTERFACE -Wall -Wextra -Wconversion -Wshadow)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 sees overlapping copies in `"literal" + string` that are none (GCC bug 105651), and takes
  # the allocation functions of Asio's coroutine frames for mismatched where it inlines only one.
  target_compile_options(routellm_options INTERFACE -Wno-restrict -Wno-mismatched-new-delete)
endif()
if(ROUTELLM_WERROR)
  target_compile_options(routellm_options INTERFACE -Werror)
endif()
if(ROUTELLM_SANITIZE)
  add_compile_options(-fsanitize=${ROUTELLM_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${ROUTELLM_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    # Clang 14 writes assembly that it cannot read where this check meets a coroutine.
    add_compile_options(-fno-sanitize=function)
  endif()
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# The headers that every test includes, compiled once for all of them.
add_custom_target(unit_tests)
if(ROUTELLM_BUILD_TESTS)
  add_library(routellm_test_headers OBJECT ${CMAKE_CURRENT_LIST_DIR}/test_headers.cc)
  target_link_libraries(routellm_test_headers PRIVATE routellm_options GTest::gmock)
  # The code under test is optimised; the tests themselves need not be, and compile faster so.
  target_compile_options(routellm_test_headers PUBLIC $<$<CONFIG:Release>:-O1>)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # With precompiled headers GCC 12 warns of copies of strings in the headers of the system.
    target_compile_options(routellm_test_headers PUBLIC -Wno-array-bounds -Wno-stringop-overflow)
  endif()
  target_precompile_headers(routellm_test_headers PRIVATE <gmock/gmock.h> <gtest/gtest.h>)
endif()

# routellm_module(NAME SOURCES a.cc ... [DEPS lib ...] [PRIVATE_DEPS lib ...] [TESTS a_test.cc ...])
#
# One library routellm::NAME for the folder src/NAME and, from TESTS, one GoogleTest program
# routellm_NAME_test whose cases ctest lists one by one (label `unit`).
function(routellm_module NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PRIVATE_DEPS;TESTS" ${ARGN})
  add_library(routellm_${NAME} STATIC ${ARG_SOURCES})
  add_library(routellm::${NAME} ALIAS routellm_${NAME})
  target_include_directories(routellm_${NAME} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(routellm_${NAME} PUBLIC ${ARG_DEPS} PRIVATE routellm_options ${ARG_PRIVATE_DEPS})
  if(ROUTELLM_TEST_MODULES AND NOT NAME IN_LIST ROUTELLM_TEST_MODULES)
    return()
  endif()
  if(ROUTELLM_BUILD_TESTS AND ARG_TESTS)
    add_executable(routellm_${NAME}_test ${ARG_TESTS})
    add_dependencies(unit_tests routellm_${NAME}_test)
    target_compile_options(routellm_${NAME}_test
                           PRIVATE $<TARGET_PROPERTY:routellm_test_headers,INTERFACE_COMPILE_OPTIONS>)
    target_link_libraries(routellm_${NAME}_test PRIVATE routellm::${NAME} routellm_options
                          ${ARG_PRIVATE_DEPS} GTest::gmock_main)
    target_precompile_headers(routellm_${NAME}_test REUSE_FROM routellm_test_headers)
    # What is no test is read by clang-tidy, which knows nothing of another compiler's headers.
    set(others ${ARG_TESTS})
    list(FILTER others EXCLUDE REGEX "_test\\.cc$")
    set_source_files_properties(${others} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
    gtest_discover_tests(routellm_${NAME}_test TEST_PREFIX "${ROUTELLM_TEST_PREFIX}${NAME}." DISCOVERY_TIMEOUT 60
                         DISCOVERY_MODE PRE_TEST PROPERTIES LABELS unit TIMEOUT 300)
  endif()
endfunction()

# routellm_fuzz(NAME SOURCES a.cc DEPS lib ...): a libFuzzer program with the corpus tests/fuzz/corpus/NAME,
# run briefly by ctest (label `fuzz`). The target `fuzzers` is all of them.
add_custom_target(fuzzers)
function(routellm_fuzz NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(fuzz_${NAME} ${ARG_SOURCES})
  add_dependencies(fuzzers fuzz_${NAME})
  target_compile_options(fuzz_${NAME} PRIVATE -fsanitize=fuzzer)
  target_link_options(fuzz_${NAME} PRIVATE -fsanitize=fuzzer)
  target_link_libraries(fuzz_${NAME} PRIVATE ${ARG_DEPS} routellm_options)
  # The first folder takes what the run finds, the second is the seed corpus, which stays as it is.
  set(found ${CMAKE_CURRENT_BINARY_DIR}/found/${NAME})
  file(MAKE_DIRECTORY ${found})
  add_test(NAME fuzz.${NAME} COMMAND fuzz_${NAME} -max_total_time=15 -timeout=10 -print_final_stats=0
           ${found} ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${NAME})
  set_tests_properties(fuzz.${NAME} PROPERTIES LABELS fuzz TIMEOUT 120)
endfunction()
