#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <system_error>

#include "data/replace_file.h"
#include "data/text_file.h"
#include "evaluation/plot.h"
#include "evaluation/report.h"

extern "C" {
extern const char routellm_report_begin[];  // NOLINT(modernize-avoid-c-arrays): assembler labels
extern const char routellm_report_end[];    // NOLINT(modernize-avoid-c-arrays): assembler labels
}

namespace routellm::evaluation {
namespace fs = std::filesystem;
namespace {

constexpr const char* kLog = "gnuplot.log";

tl::unexpected<Error> CannotWrite(const fs::path& path, std::string_view reason) {
  return Fail(ErrorCode::kIo, "cannot write the report",
              fmt::format("{}: {}", path.string(), reason));
}

// A folder within another for files that are not whole yet; removed with all that is in it.
class Workshop {
 public:
  explicit Workshop(const fs::path& folder) : path_((folder / ".report-XXXXXX").string()) {
    if (mkdtemp(path_.data()) == nullptr) path_.clear();
  }
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;
  ~Workshop() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }

  [[nodiscard]] bool ok() const { return !path_.empty(); }
  [[nodiscard]] fs::path path() const { return path_; }

 private:
  std::string path_;
};

// Runs `gnuplot curves.gnuplot` in `folder`.
Result<void> RunGnuplot(const fs::path& folder) {
  std::string program = "gnuplot";
  std::string argument = "curves.gnuplot";
  std::array<char*, 3> arguments = {program.data(), argument.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, kLog, O_WRONLY | O_CREAT, 0600);
  pid_t child = 0;
  const int failure =
      posix_spawnp(&child, program.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure == ENOENT) {
    return Fail(ErrorCode::kNotFound,
                "there is no program gnuplot to draw the curves (package gnuplot-nox)");
  }
  if (failure != 0) return Fail(ErrorCode::kIo, "cannot run gnuplot", std::strerror(failure));
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  const auto log = data::ReadTextFile(folder / kLog);
  return Fail(ErrorCode::kIo, "gnuplot could not draw the curves", log.value_or(""));
}

// The page with `json` in it, such that no text in it ends the element that holds it.
std::string HtmlPage(std::string_view json) {
  constexpr std::string_view kPlace = "@REPORT@";
  std::string page(routellm_report_begin, routellm_report_end);
  std::string data;
  data.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      data += "\\u003c";
    } else {
      data += c;
    }
  }
  return page.replace(page.find(kPlace), kPlace.size(), data);
}

}  // namespace

Result<void> WriteReport(const Report& report, const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return CannotWrite(folder, error.message());
  const Workshop workshop(folder);
  if (!workshop.ok()) return CannotWrite(folder, std::strerror(errno));

  const std::string json = ReportJson(report);
  const std::array<std::pair<const char*, std::string>, 3> texts = {
      {{"evaluation.json", json},
       {"report.html", HtmlPage(json)},
       {"curves.gnuplot", GnuplotProgram(report)}}};
  for (const auto& [name, text] : texts) {
    if (auto written = data::ReplaceFile(workshop.path() / name, text); !written) return written;
  }
  if (auto drawn = RunGnuplot(workshop.path()); !drawn) return drawn;
  for (const char* name :
       {"evaluation.json", "report.html", "curves.gnuplot", "curves.svg", "curves.png"}) {
    fs::rename(workshop.path() / name, folder / name, error);
    if (error) return CannotWrite(folder / name, error.message());
  }
  return {};
}

}  // namespace routellm::evaluation
