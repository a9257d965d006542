#include <fmt/core.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "cli/benchmark_folder.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "data/benchmark.h"
#include "data/benchmark_files.h"
#include "http_client/fetch_file.h"
#include "http_client/retry.h"
#include "http_client/run_concurrently.h"
#include "http_client/shown_url.h"

namespace routellm::cli {
namespace {

using data::BenchmarkFile;
using http_client::Fetched;

constexpr std::string_view kAll = "all";
constexpr std::size_t kConcurrency = 8;

struct GetOptions {
  std::string benchmark;
  std::string from{data::kBenchmarkOrigin};
  std::string out{kDefaultBenchmarkFolder};
};

double Megabytes(std::uint64_t bytes) { return static_cast<double>(bytes) / 1e6; }

// Shows the downloads on standard error, a line for each file or, on a terminal, one line in all,
// and keeps count. Thread-safe.
class Progress {
 public:
  explicit Progress(std::size_t files) : files_(files) {}

  void OnBytes(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    bytes_ += bytes;
    const auto now = std::chrono::steady_clock::now();
    if (!terminal_ || now - shown_ < std::chrono::milliseconds(100)) return;
    shown_ = now;
    const std::chrono::duration<double> elapsed = now - start_;
    fmt::print(stderr, "\r{} of {} files  {:.1f} MB  {:.1f} MB/s ", present_ + downloaded_, files_,
               Megabytes(bytes_), Megabytes(bytes_) / elapsed.count());
  }

  void OnFile(const BenchmarkFile& file, const Result<Fetched>& fetched) {
    const std::lock_guard lock(mutex_);
    if (!fetched) {
      OnError(fetched.error());
    } else if (*fetched == Fetched::kWasThere) {
      ++present_;
    } else {
      ++downloaded_;
      if (!terminal_) fmt::print(stderr, "{}  {} bytes\n", file.path, file.bytes);
    }
  }

  // Whether a failure came that the other files would meet, too.
  [[nodiscard]] bool hopeless() const {
    const std::lock_guard lock(mutex_);
    return common_error_.has_value();
  }

  // When all is done: the failures that are not the interruption itself, and a summary.
  void PrintSummary(const std::string& out) const {
    if (terminal_) fmt::print(stderr, "\r\033[K");
    for (const Error& error : file_errors_) {
      fmt::print(stderr, "routellm: {}\n", error.ToString());
    }
    if (common_error_ && common_error_->code != ErrorCode::kCancelled) {
      fmt::print(stderr, "routellm: {}\n", common_error_->ToString());
    }
    fmt::print(stderr, "{}: {} of {} files, {} of them downloaded ({:.1f} MB)\n", out,
               present_ + downloaded_, files_, downloaded_, Megabytes(bytes_));
  }

  [[nodiscard]] bool complete() const { return present_ + downloaded_ == files_; }

 private:
  void OnError(const Error& error) {
    if (error.code == ErrorCode::kInvalidData || error.code == ErrorCode::kNotFound) {
      file_errors_.push_back(error);
    } else if (!common_error_) {
      common_error_ = error;
    }
  }

  const std::size_t files_;
  const bool terminal_ = isatty(STDERR_FILENO) != 0;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  mutable std::mutex mutex_;  // guards what follows
  std::chrono::steady_clock::time_point shown_ = start_;
  std::uint64_t bytes_ = 0;
  std::size_t present_ = 0;
  std::size_t downloaded_ = 0;
  std::vector<Error> file_errors_;     // that concern one file
  std::optional<Error> common_error_;  // the first that concerns the server or the disk
};

std::vector<BenchmarkFile> ChosenFiles(const std::string& benchmark) {
  std::vector<BenchmarkFile> files;
  for (const BenchmarkFile& file : data::BenchmarkFiles()) {
    if (benchmark == kAll || file.benchmark == benchmark) files.push_back(file);
  }
  return files;
}

void Get(const GetOptions& options) {
  if (const auto tls = http_client::UsesTls(options.from); !tls) Exit(tls.error());
  const std::string base = options.from.substr(0, options.from.find_last_not_of('/') + 1);
  const std::vector<BenchmarkFile> files = ChosenFiles(options.benchmark);
  const InterruptGuard guard;
  const auto world = http_client::SystemRetryWorld(Interrupted());
  Progress progress(files.size());
  http_client::RunConcurrently(
      files.size(), kConcurrency, Interrupted(),
      [&](http_client::Client& client, std::size_t index) {
        if (progress.hopeless()) return;
        const BenchmarkFile& file = files[index];
        const http_client::RemoteFile remote{.url = fmt::format("{}/{}", base, file.path),
                                             .path = std::filesystem::path(options.out) / file.path,
                                             .bytes = file.bytes,
                                             .sha256 = std::string(file.sha256)};
        progress.OnFile(file, FetchFile(client, remote, {}, world,
                                        [&](std::uint64_t bytes) { progress.OnBytes(bytes); }));
      });
  progress.PrintSummary(options.out);
  if (progress.complete()) {
    fmt::print("Next:\n  routellm evaluate --benchmark {} --data-dir {} --routers mf\n",
               options.benchmark == kAll ? "mmlu" : options.benchmark, options.out);
    return;
  }
  if (Interrupted()) {
    fmt::print(stderr, "routellm: interrupted; the same command goes on where this one ended\n");
    throw CLI::RuntimeError(kExitInterrupted);
  }
  throw CLI::RuntimeError(kExitFailure);
}

void AddGet(CLI::App& parent) {
  const auto options = std::make_shared<GetOptions>();
  std::vector<std::string> names = data::BenchmarkNames();
  names.emplace_back(kAll);
  CLI::App* get = parent.add_subcommand(
      "get",
      "Download the files of a benchmark and check their digests. What is there and right is not "
      "fetched again; an interrupted download is taken up where it ended");
  get->add_option("benchmark", options->benchmark, "Which benchmark")
      ->required()
      ->check(CLI::IsMember(names));
  get->add_option("--from", options->from, "Folder of the files on another server")
      ->type_name("URL")
      ->capture_default_str();
  get->add_option("--out", options->out, "Folder to download to; made if it is not there")
      ->type_name("DIR")
      ->capture_default_str();
  get->footer(
      "Proxies come from HTTPS_PROXY and NO_PROXY, other certificate authorities from\n"
      "SSL_CERT_FILE. The benchmarks are for evaluation: do not train on them.\n\n"
      "Example:\n"
      "  routellm data get all\n"
      "  routellm evaluate --benchmark mmlu --routers mf");
  get->callback([options] { Get(*options); });
}

}  // namespace

void AddData(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("data", "Get the benchmarks that routers are evaluated on");
  command->require_subcommand(1);
  command->footer("Example:\n  routellm data get all");
  AddGet(*command);
}

}  // namespace routellm::cli
