#include "evidence/command_source.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "core/subprocess.h"
#include "evidence/command_lines.h"
#include "evidence/line_reader.h"

namespace routellm::evidence {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kStopGrace(2'000);
constexpr milliseconds kGoodRun(10'000);
constexpr milliseconds kShortestPause(100);
constexpr milliseconds kLongestPause(30'000);
// How late the end of a program is noticed whose output another process holds open.
constexpr milliseconds kTick(200);
// After this many times a question's time without any answer, a program counts as hung.
constexpr int kHung = 5;
constexpr std::size_t kLongestAnswer = std::size_t{64} << 10;

// Not more than kMost lines in kPeriod.
class LimitedLog {
 public:
  explicit LimitedLog(const CommandSource::Log& log) : log_(log) {}

  void Write(const std::string& line) {
    const auto now = Clock::now();
    if (now - begin_ >= kPeriod) {
      if (left_out_ > 0) log_(std::to_string(left_out_) + " lines were left out");
      begin_ = now;
      written_ = left_out_ = 0;
    }
    if (written_ == kMost) {
      ++left_out_;
      return;
    }
    ++written_;
    log_(line);
  }

 private:
  static constexpr std::size_t kMost = 20;
  static constexpr milliseconds kPeriod{10'000};

  const CommandSource::Log& log_;
  Clock::time_point begin_{};
  std::size_t written_ = 0;
  std::size_t left_out_ = 0;
};

}  // namespace

// What the thread does; all of it belongs to that thread.
class CommandSource::Supervisor {
 public:
  Supervisor(config::CommandConfig config, const Log& log, int wake)
      : config_(std::move(config)), wake_(wake), errors_(log), complaints_(log) {}

  // Starts the program if it is not running and may be, and queues what is asked of it.
  void Ask(std::deque<Question> questions) {
    if (!program_ && Clock::now() >= next_start_) Start();
    for (Question& question : questions) {
      if (*question.ask.cancelled) continue;
      if (!program_) {
        question.done(Fail(ErrorCode::kUpstreamUnavailable,
                           "the program that tells win rates is not running"));
      } else if (asked_.size() >= config_.limits.max_waiting) {
        question.done(Fail(ErrorCode::kOverloaded,
                           "the program that tells win rates has too many questions to answer"));
      } else {
        const auto now = Clock::now();
        if (!unanswered_since_) unanswered_since_ = now;
        unsent_.push_back({next_id_, AskLine(next_id_, question.ask.prompt)});
        asked_.emplace(next_id_++, Asked{std::move(question), now});
      }
    }
  }

  // Until something has happened, or may have.
  void Work() {
    std::array<pollfd, 4> files{
        {{wake_, POLLIN, 0},
         {program_ ? program_->output() : -1, POLLIN, 0},
         {program_ ? program_->errors() : -1, POLLIN, 0},
         {program_ && !unsent_.empty() ? program_->input() : -1, POLLOUT, 0}}};
    ::poll(files.data(), files.size(), static_cast<int>(Patience().count()));
    if (files[0].revents != 0) {
      std::uint64_t ignored = 0;
      [[maybe_unused]] const auto size = ::read(wake_, &ignored, sizeof(ignored));
    }
    if (!program_) return;
    if (files[2].revents != 0) ReadErrors();
    if (files[3].revents != 0 && !Write()) return;
    if (files[1].revents != 0 && !ReadAnswers()) return;
    if (program_->HasEnded()) {
      if (ReadAnswers()) End("has ended");
      return;
    }
    DropOverdue();
  }

  // Questions that nothing has answered are dropped with the object.
  void Stop() {
    if (program_) program_->Stop(kStopGrace);
  }

 private:
  struct Asked {
    Question question;  // without `done` if its time is over
    Clock::time_point at;
  };
  struct Line {
    std::uint64_t id;
    std::string text;
  };

  void Start() {
    auto started = Subprocess::Start(config_.command, config_.folder);
    started_ = Clock::now();
    if (!started) {
      Pause(started.error().ToString());
      return;
    }
    program_.emplace(*std::move(started));
  }

  void Pause(const std::string& reason) {
    pause_ = Clock::now() - started_ >= kGoodRun
                 ? milliseconds(0)
                 : std::clamp(2 * pause_, kShortestPause, kLongestPause);
    next_start_ = Clock::now() + pause_;
    complaints_.Write(reason + "; it is started again in " + std::to_string(pause_.count()) +
                      " ms");
  }

  // Whoever waits for it learns at once that it is in vain.
  void End(const std::string& reason) {
    unsent_.clear();
    written_ = 0;
    unanswered_since_.reset();
    for (auto& [id, asked] : std::exchange(asked_, {})) {
      if (!asked.question.done) continue;
      asked.question.done(
          Fail(ErrorCode::kUpstreamUnavailable,
               "the program that tells win rates " + reason + " before it answered"));
    }
    const std::string status = program_->Stop(kStopGrace);
    ReadErrors();
    answers_ = LineReader(kLongestAnswer);
    error_lines_ = LineReader(kLongestAnswer);
    program_.reset();
    Pause("the program " + reason + " (" + status + ")");
  }

  // False, and the program is at its end (End), if there will be no more answers.
  bool ReadAnswers() {
    const bool open =
        answers_.Read(program_->output(), [this](std::string_view line) { Answer(line); });
    if (answers_.too_long()) {
      End("wrote a line over 64 KiB");
      return false;
    }
    if (!open) {
      End(program_->HasEnded(kTick) ? "has ended" : "closed its output");
      return false;
    }
    return true;
  }

  void Answer(std::string_view line) {
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) return;
    auto answer = ReadAnswerLine(line);
    if (!answer) {
      complaints_.Write(answer.error().public_message);
      return;
    }
    const auto found = asked_.find(answer->id);
    if (found == asked_.end()) {
      complaints_.Write("a line of the program's has an `id` that no question has");
      return;
    }
    auto asked = asked_.extract(found);
    unanswered_since_.reset();
    if (!asked_.empty()) unanswered_since_ = Clock::now();
    if (!asked.mapped().question.done) return;  // too late
    asked.mapped().question.done(
        std::move(answer->win_rate).map([](WinRate win_rate) { return EvidenceValue(win_rate); }));
  }

  void ReadErrors() {
    const bool open = error_lines_.Read(program_->errors(), [this](std::string_view line) {
      errors_.Write("the program says: " + LogLine(line));
    });
    if (!open) program_->CloseErrors();
  }

  // As much as the program takes; what nobody waits for any more is not begun. False, and the
  // program is at its end, if it takes no more.
  bool Write() {
    while (!unsent_.empty()) {
      const Line& line = unsent_.front();
      if (written_ == 0) {
        const auto asked = asked_.find(line.id);
        if (!asked->second.question.done || *asked->second.question.ask.cancelled) {
          asked_.erase(asked);
          unsent_.pop_front();
          continue;
        }
      }
      const auto size =
          ::write(program_->input(), line.text.data() + written_, line.text.size() - written_);
      if (size < 0 && errno != EPIPE) return true;
      if (size < 0) {
        if (ReadAnswers()) End(program_->HasEnded(kTick) ? "has ended" : "closed its input");
        return false;
      }
      written_ += static_cast<std::size_t>(size);
      if (written_ < line.text.size()) return true;
      written_ = 0;
      unsent_.pop_front();
    }
    return true;
  }

  void DropOverdue() {
    const auto now = Clock::now();
    for (auto asked = asked_.lower_bound(first_in_time_); asked != asked_.end(); ++asked) {
      if (now - asked->second.at < config_.limits.timeout) break;
      first_in_time_ = asked->first + 1;
      Question question = std::exchange(asked->second.question, {});
      if (!question.done) continue;
      question.done(
          Fail(ErrorCode::kUpstreamTimeout, "the program that tells win rates does not answer"));
    }
    if (unanswered_since_ && now - *unanswered_since_ >= kHung * config_.limits.timeout)
      End("answers nothing");
  }

  // How long nothing needs to be looked at, unless a file is ready.
  [[nodiscard]] milliseconds Patience() const {
    const auto until = [](Clock::time_point time, milliseconds longest) {
      const auto left = std::chrono::ceil<milliseconds>(time - Clock::now());
      return std::clamp(left, milliseconds(0), longest);
    };
    if (!program_) {
      const bool begun = started_ != Clock::time_point{};
      return begun ? until(next_start_, kLongestPause) : milliseconds(-1);
    }
    const auto first = asked_.lower_bound(first_in_time_);
    return first == asked_.end() ? kTick : until(first->second.at + config_.limits.timeout, kTick);
  }

  const config::CommandConfig config_;
  const int wake_;
  std::optional<Subprocess> program_;
  std::deque<Line> unsent_;
  std::size_t written_ = 0;               // bytes of the first of them
  std::map<std::uint64_t, Asked> asked_;  // by id, which is the order in which they were asked
  std::uint64_t next_id_ = 1;
  std::uint64_t first_in_time_ = 1;                    // those before it are overdue
  std::optional<Clock::time_point> unanswered_since_;  // of the oldest silence
  LineReader answers_{kLongestAnswer};
  LineReader error_lines_{kLongestAnswer};
  LimitedLog errors_;
  LimitedLog complaints_;
  Clock::time_point started_{};
  Clock::time_point next_start_{};
  milliseconds pause_{0};
};

CommandSource::CommandSource(config::CommandConfig config, Log log)
    : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  thread_ = std::thread([this, config = std::move(config), log = std::move(log)]() mutable {
    // A program that has closed its input is an error of write, not a signal.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    Supervisor supervisor(std::move(config), log, wake_);
    bool begun = false;
    while (true) {
      std::deque<Question> questions;
      {
        const std::lock_guard lock(mutex_);
        if (stopping_) break;
        questions.swap(questions_);
        begun = begun || begin_ || !questions.empty();
      }
      if (begun) supervisor.Ask(std::move(questions));
      supervisor.Work();
    }
    supervisor.Stop();
  });
}

CommandSource::~CommandSource() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  Wake();
  thread_.join();
  ::close(wake_);
}

void CommandSource::Wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto size = ::write(wake_, &one, sizeof(one));
}

void CommandSource::Begin() {
  {
    const std::lock_guard lock(mutex_);
    begin_ = true;
  }
  Wake();
}

void CommandSource::Get(Ask ask, Done done) {
  {
    const std::lock_guard lock(mutex_);
    questions_.push_back({std::move(ask), std::move(done)});
  }
  Wake();
}

}  // namespace routellm::evidence
