// Win rates from a program of the operator's, which is kept running.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "config/evidence.h"
#include "evidence/source.h"

namespace routellm::evidence {

// One process and one thread that writes its questions, reads its answers in any order
// (command_lines.h), and starts it again when it ends: at once if it ran for ten seconds, else
// after a pause that doubles from 0.1 s to 30 s. A program that answers nothing at all for five
// times a question's time is stopped and started again.
class CommandSource final : public Source {
 public:
  // Takes what the program writes to its standard error and what is wrong with it, a line at a
  // time and not more than some; on the source's thread. Questions and answers are not in it,
  // unless the program writes them there.
  using Log = std::function<void(const std::string& line)>;

  CommandSource(config::CommandConfig config, Log log);
  CommandSource(const CommandSource&) = delete;
  CommandSource& operator=(const CommandSource&) = delete;
  // Stops the program: its input ends, it gets SIGTERM, and two seconds later SIGKILL.
  ~CommandSource() override;

  // Starts the program, which else the first question does.
  void Begin() override;

  // Asks for a win rate. Errors: kUpstreamUnavailable while the program does not run, if it ends,
  // or if it answers with an error; kUpstreamTimeout after the time of `config`; kOverloaded while
  // the program owes more answers than `config` allows to wait for; kInvalidData for a win rate
  // that is none.
  void Get(Ask ask, Done done) override;

 private:
  struct Question {
    Ask ask;
    Done done;
  };
  class Supervisor;

  void Wake() const;

  const int wake_;    // an eventfd
  std::mutex mutex_;  // protects:
  std::deque<Question> questions_;
  bool begin_ = false;
  bool stopping_ = false;
  std::thread thread_;  // constant after construction
};

}  // namespace routellm::evidence
