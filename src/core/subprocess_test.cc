#include "core/subprocess.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>

#include "core/testing/temporary_folder.h"

namespace routellm {
namespace {

using std::chrono::milliseconds;

// All that comes, to the end.
std::string ReadAll(int file) {
  std::string text;
  std::array<char, 4096> buffer;
  pollfd one{file, POLLIN, 0};
  while (::poll(&one, 1, 10'000) == 1) {
    const auto size = ::read(file, buffer.data(), buffer.size());
    if (size <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  return text;
}

Subprocess Shell(const std::string& script, const std::string& folder = "") {
  return Subprocess::Start({"sh", "-c", script}, folder).value();
}

TEST(SubprocessTest, PassesArgumentsAndTextWithoutAShell) {
  auto program = Subprocess::Start({"/bin/echo", "$HOME `id` *", "; exit 1"}, "").value();
  EXPECT_EQ(ReadAll(program.output()), "$HOME `id` * ; exit 1\n");
  EXPECT_TRUE(program.HasEnded(milliseconds(10'000)));
  EXPECT_EQ(program.Stop(milliseconds(0)), "status 0");

  auto cat = Shell("cat; echo end >&2; exit 3");
  ASSERT_EQ(::write(cat.input(), "text", 4), 4);
  EXPECT_FALSE(cat.HasEnded());
  cat.CloseInput();
  EXPECT_EQ(ReadAll(cat.output()), "text");
  EXPECT_EQ(ReadAll(cat.errors()), "end\n");
  EXPECT_TRUE(cat.HasEnded(milliseconds(10'000)));
  EXPECT_EQ(cat.Stop(milliseconds(0)), "status 3");
}

TEST(SubprocessTest, RunsInItsFolder) {
  const TemporaryFolder folder;
  auto program = Shell("pwd -P", folder.File(""));
  std::filesystem::path shown = ReadAll(program.output());
  EXPECT_EQ(shown, std::filesystem::canonical(folder.File("")).string() + "\n");
}

TEST(SubprocessTest, WhatCannotBeStartedIsAnError) {
  for (const std::string name : {"no-such-program", "/nonexistent/x", "/tmp"}) {
    const auto program = Subprocess::Start({name}, "");
    ASSERT_FALSE(program) << name;
    EXPECT_EQ(program.error().code, ErrorCode::kIo);
    EXPECT_NE(program.error().public_message.find(name), std::string::npos);
    EXPECT_FALSE(program.error().detail.empty());
  }
  EXPECT_FALSE(Subprocess::Start({"sh"}, "/nonexistent"));
}

TEST(SubprocessTest, InheritsNoFiles) {
  const int secret = ::open("/dev/null", O_RDONLY);  // without O_CLOEXEC
  auto program =
      Shell("if [ -e /proc/self/fd/" + std::to_string(secret) + " ]; then echo open; fi");
  EXPECT_EQ(ReadAll(program.output()), "");
  ::close(secret);
}

TEST(SubprocessTest, StopAsksBeforeItKills) {
  auto polite = Shell("trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done");
  std::array<char, 6> ready{};
  pollfd one{polite.output(), POLLIN, 0};
  ASSERT_EQ(::poll(&one, 1, 10'000), 1);
  ASSERT_EQ(::read(polite.output(), ready.data(), ready.size()), 6);
  EXPECT_EQ(polite.Stop(milliseconds(10'000)), "status 7");

  auto deaf = Shell("trap '' TERM; echo ready; while :; do sleep 0.01; done");
  one.fd = deaf.output();
  ASSERT_EQ(::poll(&one, 1, 10'000), 1);
  EXPECT_EQ(deaf.Stop(milliseconds(50)), "signal 9");
}

// What it started goes, too, whichever of the two ends first.
TEST(SubprocessTest, TheWholeGroupEnds) {
  for (const std::string last : {"exit 0", "wait"}) {
    auto program = Shell("sleep 1000 & echo $!; " + last);
    pollfd one{program.output(), POLLIN, 0};
    ASSERT_EQ(::poll(&one, 1, 10'000), 1);
    std::array<char, 32> text{};
    ASSERT_GT(::read(program.output(), text.data(), text.size() - 1), 0);
    const pid_t child = std::stoi(text.data());
    ASSERT_EQ(::kill(child, 0), 0);
    if (last == "exit 0") {
      EXPECT_TRUE(program.HasEnded(milliseconds(10'000)));
    }
    program.Stop(milliseconds(0));
    EXPECT_EQ(ReadAll(program.output()), "") << "nobody holds the output open";
  }
}

TEST(SubprocessTest, EndsWithTheObject) {
  pid_t id = 0;
  {
    auto program = Shell("while :; do sleep 1; done");
    auto moved = std::move(program);
    id = moved.id();
    ASSERT_EQ(::kill(id, 0), 0);
  }
  EXPECT_NE(::kill(id, 0), 0);
}

}  // namespace
}  // namespace routellm
