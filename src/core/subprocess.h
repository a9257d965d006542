// A program that runs beside this one, with its standard input, output and errors at hand.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "core/error.h"

namespace routellm {

// Belongs to one thread. Linux and glibc 2.34 or newer.
class Subprocess {
 public:
  // Starts `command`, a file (looked up in PATH if it has no slash) and its arguments, without a
  // shell, in `folder` (empty: here), as the leader of a process group of its own, with this
  // program's environment and none of its open files. Error kIo if it cannot be started.
  [[nodiscard]] static Result<Subprocess> Start(const std::vector<std::string>& command,
                                                const std::string& folder);

  // One that ends with the object has its group killed.
  Subprocess(Subprocess&& other) noexcept;
  Subprocess& operator=(Subprocess&&) = delete;
  ~Subprocess();

  // This side's ends of the pipes, not blocking; -1 once closed.
  [[nodiscard]] int input() const { return input_; }
  [[nodiscard]] int output() const { return output_; }
  [[nodiscard]] int errors() const { return errors_; }
  void CloseInput();
  void CloseErrors();

  [[nodiscard]] pid_t id() const { return id_; }

  // Whether the program itself, as against what it started, has ended, or does so within `wait`.
  [[nodiscard]] bool HasEnded(std::chrono::milliseconds wait = {}) const;

  // Closes the input, asks the group to end (SIGTERM), kills it after `grace`, and says how the
  // program ended: "status 1", "signal 9". Waits. What is left of the group is killed in any case.
  std::string Stop(std::chrono::milliseconds grace);

 private:
  Subprocess(pid_t id, int input, int output, int errors)
      : id_(id), input_(input), output_(output), errors_(errors) {}

  pid_t id_;  // 0: ended and waited for
  int input_;
  int output_;
  int errors_;
};

}  // namespace routellm
