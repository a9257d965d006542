#include "core/subprocess.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <thread>
#include <utility>

namespace routellm {
namespace {

constexpr std::chrono::milliseconds kTick(5);

void Close(int& file) {
  if (file >= 0) ::close(file);
  file = -1;
}

// Ends of which this side's and the program's are told apart by the index.
class Pipe {
 public:
  Pipe() { open_ = ::pipe2(ends_.data(), O_CLOEXEC) == 0; }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    Close(ends_[0]);
    Close(ends_[1]);
  }
  [[nodiscard]] bool open() const { return open_; }
  [[nodiscard]] int end(std::size_t index) const { return ends_[index]; }
  // For this side: not blocking, and no longer closed here.
  int Take(std::size_t index) {
    ::fcntl(ends_[index], F_SETFL, O_NONBLOCK);
    return std::exchange(ends_[index], -1);
  }

 private:
  std::array<int, 2> ends_{-1, -1};
  bool open_ = false;
};

// The settings of a start, released at the end.
struct Spawn {
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};

  Spawn() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;
  ~Spawn() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
};

tl::unexpected<Error> CannotStart(const std::string& program, int error) {
  return Fail(ErrorCode::kIo, "cannot start the program " + program, std::strerror(error));
}

}  // namespace

Result<Subprocess> Subprocess::Start(const std::vector<std::string>& command,
                                     const std::string& folder) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& argument : command)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  Pipe input;
  Pipe output;
  Pipe errors;
  if (!input.open() || !output.open() || !errors.open()) return CannotStart(command.front(), errno);
  Spawn spawn;
  posix_spawn_file_actions_adddup2(&spawn.actions, input.end(0), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&spawn.actions, output.end(1), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&spawn.actions, errors.end(1), STDERR_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&spawn.actions, STDERR_FILENO + 1);
  if (!folder.empty()) posix_spawn_file_actions_addchdir_np(&spawn.actions, folder.c_str());
  pid_t id = 0;
  const int error = ::posix_spawnp(&id, arguments.front(), &spawn.actions, &spawn.attributes,
                                   arguments.data(), environ);
  if (error != 0) return CannotStart(command.front(), error);
  return Subprocess(id, input.Take(1), output.Take(0), errors.Take(0));
}

Subprocess::Subprocess(Subprocess&& other) noexcept
    : id_(std::exchange(other.id_, 0)),
      input_(std::exchange(other.input_, -1)),
      output_(std::exchange(other.output_, -1)),
      errors_(std::exchange(other.errors_, -1)) {}

Subprocess::~Subprocess() {
  if (id_ != 0) Stop(std::chrono::milliseconds(0));
  Close(output_);
  Close(errors_);
}

void Subprocess::CloseInput() { Close(input_); }
void Subprocess::CloseErrors() { Close(errors_); }

bool Subprocess::HasEnded(std::chrono::milliseconds wait) const {
  if (id_ == 0) return true;
  const auto deadline = std::chrono::steady_clock::now() + wait;
  while (true) {
    // It is not waited for yet, so that its id stays its own.
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
        info.si_pid == id_) {
      return true;
    }
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(kTick);
  }
}

std::string Subprocess::Stop(std::chrono::milliseconds grace) {
  Close(input_);
  if (id_ == 0) return {};
  if (!HasEnded()) {
    ::kill(-id_, SIGTERM);
    (void)HasEnded(grace);
  }
  ::kill(-id_, SIGKILL);
  int status = 0;
  while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
  }
  id_ = 0;
  return WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                             : "status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace routellm
