// Advice to the system on memory that a decision goes through.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace routellm::routing {

// Asks for large pages for [begin, begin + size), which need not be filled yet. Only advice:
// without it all is as before, but slower.
inline void AdviseLargePages(void* begin, std::size_t size) {
#ifdef MADV_HUGEPAGE
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t before = (page - reinterpret_cast<std::uintptr_t>(begin) % page) % page;
  if (size >= before + page) {
    (void)::madvise(static_cast<char*>(begin) + before, (size - before) / page * page,
                    MADV_HUGEPAGE);
  }
#endif
}

}  // namespace routellm::routing
