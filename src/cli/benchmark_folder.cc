#include "cli/benchmark_folder.h"

#include <cstdlib>
#include <system_error>

namespace routellm::cli {

Result<std::filesystem::path> BenchmarkFolder(const std::string& flag) {
  if (!flag.empty()) return flag;
  if (const char* data = std::getenv("ROUTELLM_DATA"); data != nullptr && *data != '\0') {
    return std::filesystem::path(data) / "benchmarks";
  }
  if (std::error_code error; std::filesystem::is_directory(kDefaultBenchmarkFolder, error)) {
    return kDefaultBenchmarkFolder;
  }
  return Fail(
      ErrorCode::kInvalidRequest,
      "where do the benchmarks lie? `routellm data get all` brings them to data/benchmarks; "
      "or give --data-dir, or set ROUTELLM_DATA");
}

}  // namespace routellm::cli
