#include "evidence/command_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <fstream>
#include <future>
#include <memory>
#include <sstream>
#include <thread>
#include <vector>

#include "core/testing/temporary_folder.h"

namespace routellm::evidence {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// What the Python programs begin with. `run` counts their starts from 1.
constexpr std::string_view kPrelude = R"(
import json, os, signal, sys, time
with open("runs", "a") as runs: runs.write("x")
run = os.path.getsize("runs")
with open("pid", "w") as file: file.write(str(os.getpid()))
def ask(): return json.loads(sys.stdin.readline())
def tell(**answer): print(json.dumps(answer), flush=True)
def serve():
    while True:
        line = sys.stdin.readline()
        if not line: break
        question = json.loads(line)
        tell(id=question["id"], win_rate=float(question["prompt"]))
)";

// A source of a Python program, and what it logs.
class Program {
 public:
  explicit Program(const std::string& script,
                   config::EvidenceLimits limits = {.timeout = milliseconds(20'000)}) {
    std::ofstream(folder_.File("program.py")) << kPrelude << script;
    Start({"python3", "program.py"}, limits);
  }
  struct Command {
    std::vector<std::string> words;
  };
  Program(const Command& command, const config::EvidenceLimits& limits) {
    Start(command.words, limits);
  }

  using Answer = std::future<Result<EvidenceValue>>;

  Answer Ask(std::string prompt) {
    const auto promise = std::make_shared<std::promise<Result<EvidenceValue>>>();
    source_->Get({.prompt = std::move(prompt), .cancelled = cancelled_},
                 [promise](Result<EvidenceValue> value) { promise->set_value(std::move(value)); });
    return promise->get_future();
  }
  // Asks until there is an answer.
  double AskAgain(const std::string& prompt) {
    for (int i = 0; i < 2'000; ++i) {
      const auto value = Ask(prompt).get();
      if (value) return std::get<WinRate>(*value).value();
      std::this_thread::sleep_for(milliseconds(10));
    }
    return -1;
  }
  std::vector<std::string> Log() {
    const std::lock_guard lock(mutex_);
    return log_;
  }
  std::vector<std::string> WaitForLog(std::size_t lines) {
    for (int i = 0; i < 2'000 && Log().size() < lines; ++i)
      std::this_thread::sleep_for(milliseconds(10));
    return Log();
  }
  std::string Read(const std::string& file) const {
    std::ostringstream text;
    text << std::ifstream(folder_.File(file)).rdbuf();
    return text.str();
  }
  [[nodiscard]] std::string Path(const std::string& file) const { return folder_.File(file); }
  [[nodiscard]] std::size_t Runs() const { return Read("runs").size(); }
  void Cancel() { *cancelled_ = true; }
  void End() { source_.reset(); }
  CommandSource& source() { return *source_; }

 private:
  void Start(std::vector<std::string> command, const config::EvidenceLimits& limits) {
    source_ = std::make_unique<CommandSource>(
        config::CommandConfig{
            .command = std::move(command), .folder = folder_.File(""), .limits = limits},
        [this](const std::string& line) {
          const std::lock_guard lock(mutex_);
          log_.push_back(line);
        });
  }

  TemporaryFolder folder_;
  std::mutex mutex_;
  std::vector<std::string> log_;  // protected by mutex_
  std::shared_ptr<std::atomic<bool>> cancelled_ = std::make_shared<std::atomic<bool>>(false);
  std::unique_ptr<CommandSource> source_;
};

double WinRateOf(Program::Answer answer) {
  const auto value = answer.get();
  EXPECT_TRUE(value) << value.error().ToString();
  return value ? std::get<WinRate>(*value).value() : -1;
}

Error ErrorOf(Program::Answer answer) {
  const auto value = answer.get();
  EXPECT_FALSE(value);
  return value ? Error{} : value.error();
}

TEST(CommandSourceTest, AnswersComeInAnyOrder) {
  Program program(R"(
questions = [ask() for _ in range(3)]
for question in reversed(questions): tell(id=question["id"], win_rate=float(question["prompt"]))
serve())");
  auto first = program.Ask("0.1");
  auto second = program.Ask("0.2");
  auto third = program.Ask("0.3");
  EXPECT_EQ(WinRateOf(std::move(first)), 0.1);
  EXPECT_EQ(WinRateOf(std::move(second)), 0.2);
  EXPECT_EQ(WinRateOf(std::move(third)), 0.3);
  std::vector<Program::Answer> many;
  many.reserve(900);
  for (int i = 0; i < 900; ++i)
    many.push_back(program.Ask(std::to_string(i % 100 / 100.0) + std::string(100, ' ')));
  for (std::size_t i = 0; i < 900; ++i)
    EXPECT_EQ(WinRateOf(std::move(many[i])), static_cast<double>(i % 100) / 100.0);
  EXPECT_EQ(program.Runs(), 1U);
  EXPECT_THAT(program.Log(), IsEmpty());
}

TEST(CommandSourceTest, BeginsBeforeItIsAsked) {
  Program program("print('ready', file=sys.stderr, flush=True); serve()");
  program.source().Begin();
  EXPECT_THAT(program.WaitForLog(1), Contains("the program says: ready"));
}

TEST(CommandSourceTest, AProgramThatEndsIsStartedAgain) {
  Program program(R"(
if run == 1:
    question = ask()
    tell(id=question["id"], win_rate=0.5)
    ask()
    print("Traceback: " + "out of luck", file=sys.stderr)
    sys.exit(3)
serve())");
  EXPECT_EQ(WinRateOf(program.Ask("x")), 0.5);
  const Error error = ErrorOf(program.Ask("secret"));
  EXPECT_EQ(error.code, ErrorCode::kUpstreamUnavailable);
  EXPECT_THAT(error.ToString(), HasSubstr("has ended before it answered"));
  EXPECT_EQ(program.AskAgain("0.75"), 0.75);
  EXPECT_EQ(program.Runs(), 2U);
  EXPECT_THAT(program.Log(),
              AllOf(Contains("the program says: Traceback: out of luck"),
                    Contains("the program has ended (status 3); it is started again in 100 ms"),
                    Not(Contains(HasSubstr("secret")))));
}

TEST(CommandSourceTest, PausesGrowWhileItKeepsEnding) {
  Program program(Program::Command{{"false"}}, {});
  program.source().Begin();
  const auto log = program.WaitForLog(3);
  EXPECT_THAT(log, AllOf(Contains(HasSubstr("in 100 ms")), Contains(HasSubstr("in 200 ms")),
                         Contains(HasSubstr("in 400 ms"))));
  EXPECT_THAT(ErrorOf(program.Ask("x")).ToString(), HasSubstr("is not running"));
}

TEST(CommandSourceTest, AProgramThatIsNotThere) {
  Program program(Program::Command{{"no-such-program"}}, {});
  EXPECT_EQ(ErrorOf(program.Ask("x")).code, ErrorCode::kUpstreamUnavailable);
  EXPECT_THAT(program.Log(), Contains(HasSubstr("cannot start the program no-such-program")));
}

TEST(CommandSourceTest, AProgramThatHangsIsStartedAgain) {
  Program program(R"(
if run == 1:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True: time.sleep(60)
serve())",
                  {.timeout = milliseconds(300)});
  EXPECT_EQ(ErrorOf(program.Ask("x")).code, ErrorCode::kUpstreamTimeout);
  EXPECT_EQ(program.AskAgain("0.25"), 0.25);
  EXPECT_THAT(program.Log(), Contains(HasSubstr("the program answers nothing (signal 9)")));
}

TEST(CommandSourceTest, ASlowProgramIsLeftToWork) {
  Program program(R"(
slow = ask()
while not os.path.exists("go"): time.sleep(0.01)
tell(id=slow["id"], win_rate=0.9)
serve())",
                  {.timeout = milliseconds(500)});
  EXPECT_EQ(ErrorOf(program.Ask("x")).code, ErrorCode::kUpstreamTimeout);
  std::ofstream(program.Path("go"));
  EXPECT_EQ(program.AskAgain("0.25"), 0.25) << "not the late answer";
  EXPECT_EQ(program.Runs(), 1U);
  EXPECT_THAT(program.Log(), IsEmpty());
}

TEST(CommandSourceTest, RubbishIsNoAnswer) {
  Program program(R"(
question = ask()
print("Loading " + question["prompt"])
print(json.dumps({"id": 999, "win_rate": 0.1}))
print(json.dumps({"win_rate": 0.1}))
print()
sys.stdout.buffer.write(b"\xff\x00\n")
print('{"id":', flush=True, end="")
time.sleep(0.05)
print(' %d, "win_rate": 0.5}' % question["id"])
tell(id=question["id"], win_rate=0.6)
question = ask()
tell(id=question["id"], win_rate="high")
question = ask()
tell(id=question["id"], error="too long")
serve())");
  EXPECT_EQ(WinRateOf(program.Ask("secret")), 0.5);
  EXPECT_EQ(ErrorOf(program.Ask("secret")).code, ErrorCode::kInvalidData);
  const Error error = ErrorOf(program.Ask("secret"));
  EXPECT_EQ(error.code, ErrorCode::kUpstreamUnavailable);
  EXPECT_THAT(error.detail, HasSubstr("too long"));
  EXPECT_EQ(WinRateOf(program.Ask("0.125")), 0.125);
  EXPECT_THAT(program.Log(), AllOf(SizeIs(5), Contains(HasSubstr("is not JSON")),
                                   Contains(HasSubstr("has an `id` that no question has")),
                                   Not(Contains(HasSubstr("secret")))));
}

TEST(CommandSourceTest, APipeThatIsClosedEndsTheProgram) {
  for (const std::string_view close : {"os.close(1)", "os.close(0); tell(id=1, win_rate=0.5)"}) {
    Program program("if run == 1:\n    ask()\n    " + std::string(close) +
                    "\n    time.sleep(60)\nserve()");
    auto first = program.Ask("x").get();
    EXPECT_EQ(first.has_value(), close.starts_with("os.close(0)"));
    EXPECT_EQ(program.AskAgain("0.25"), 0.25);
    EXPECT_EQ(program.Runs(), 2U);
    EXPECT_THAT(program.Log(), Contains(HasSubstr("the program closed its")));
  }
}

TEST(CommandSourceTest, EndlessOutputHoldsNothingUp) {
  Program lines(Program::Command{{"yes"}}, {.timeout = milliseconds(100)});
  EXPECT_EQ(ErrorOf(lines.Ask("x")).code, ErrorCode::kUpstreamTimeout);
  EXPECT_LE(lines.Log().size(), 21U);
  Program line(Program::Command{{"sh", "-c", "yes | tr -d '\\n'"}},
               {.timeout = milliseconds(20'000)});
  EXPECT_THAT(ErrorOf(line.Ask("x")).ToString(), HasSubstr("wrote a line over 64 KiB"));
}

TEST(CommandSourceTest, WhatItSaysIsLoggedWithinLimits) {
  Program program(R"(
for i in range(1000): print("line", i, file=sys.stderr)
print("x" * 100000, file=sys.stderr, flush=True)
os.close(2)
serve())");
  EXPECT_EQ(WinRateOf(program.Ask("0.5")), 0.5);
  EXPECT_THAT(program.Log(), AllOf(SizeIs(20), Contains("the program says: line 19")));
}

TEST(CommandSourceTest, AProgramThatTakesNothingIsNotAskedMore) {
  Program program("while not os.path.exists('go'): time.sleep(0.01)\nserve()",
                  {.timeout = milliseconds(400), .max_waiting = 3});
  const std::string large = "0.5" + std::string(300'000, ' ');
  std::vector<Program::Answer> answers;
  for (int i = 0; i < 5; ++i) answers.push_back(program.Ask(large));
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(ErrorOf(std::move(answers[i])).code,
              i < 3 ? ErrorCode::kUpstreamTimeout : ErrorCode::kOverloaded);
  }
  std::ofstream(program.Path("go"));
  EXPECT_EQ(program.AskAgain(large), 0.5);
  EXPECT_EQ(program.Runs(), 1U);
}

TEST(CommandSourceTest, ACancelledQuestionIsNotAsked) {
  Program program("serve()");
  EXPECT_EQ(WinRateOf(program.Ask("0.5")), 0.5);
  program.Cancel();
  EXPECT_THROW((void)program.Ask("0.5").get(), std::future_error) << "its promise is dropped";
}

TEST(CommandSourceTest, ItsEndIsTheProgramsEnd) {
  Program program(R"(
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    while True: time.sleep(60)
tell(id=ask()["id"], win_rate=0.5)
while True: time.sleep(60))");
  EXPECT_EQ(WinRateOf(program.Ask("0.5")), 0.5);
  auto unanswered = program.Ask("0.5");
  const pid_t id = std::stoi(program.Read("pid"));
  ASSERT_EQ(::kill(id, 0), 0);
  const auto start = std::chrono::steady_clock::now();
  program.End();
  EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(10'000));
  EXPECT_NE(::kill(id, 0), 0);
  EXPECT_THROW((void)unanswered.get(), std::future_error) << "dropped";
}

}  // namespace
}  // namespace routellm::evidence
