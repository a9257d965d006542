#include "cli/line_pipeline.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <thread>

#include "core/testing/temporary_folder.h"

namespace routellm::cli {
namespace {

LineFunction Echo() {
  return [](std::span<const Line> lines, LineOutput& output) {
    EXPECT_LE(lines.size(), kMaxLines);
    for (const auto& [line, number] : lines) {
      output.results += std::to_string(number) + ":" + std::string(line) + "\n";
      if (line == "bad") output.diagnostics += "line " + std::to_string(number) + "\n";
    }
  };
}

struct Outcome {
  Result<void> result;
  std::string results;
  std::string diagnostics;
};

Outcome Process(const std::string& input, unsigned threads) {
  const TemporaryFolder folder;
  std::ofstream(folder.File("in"), std::ios::binary) << input;
  const auto open_new = [&](const char* name) {
    return ::open(folder.File(name).c_str(), O_CREAT | O_RDWR, 0600);
  };
  const auto read = [&](const char* name) {
    std::ifstream file(folder.File(name), std::ios::binary);
    return std::string((std::istreambuf_iterator<char>(file)), {});
  };
  const LineStreams streams{::open(folder.File("in").c_str(), O_RDONLY), open_new("out"),
                            open_new("err")};
  Outcome outcome{ProcessLines(streams, threads, Echo), read("out"), read("err")};
  for (const int file : {streams.input, streams.output, streams.diagnostics}) ::close(file);
  return outcome;
}

TEST(LinePipelineTest, LineEnds) {
  EXPECT_EQ(Process("", 2).results, "");
  EXPECT_EQ(Process("a", 2).results, "1:a\n");
  EXPECT_EQ(Process("a\n", 2).results, "1:a\n");
  EXPECT_EQ(Process("a\r\n\nb", 2).results, "1:a\n2:\n3:b\n");
}

TEST(LinePipelineTest, KeepsTheOrderOnManyThreads) {
  std::string input;
  std::string expected;
  std::string diagnostics;
  for (int i = 1; i <= 100'000; ++i) {
    const std::string line =
        i % 1000 == 0 ? "bad" : std::string(static_cast<std::size_t>(i % 97), 'x');
    input += line + "\n";
    expected += std::to_string(i) + ":" + line + "\n";
    if (line == "bad") diagnostics += "line " + std::to_string(i) + "\n";
  }
  for (const unsigned threads : {1U, 2U, 8U}) {
    const Outcome outcome = Process(input, threads);
    EXPECT_TRUE(outcome.result);
    EXPECT_EQ(outcome.results, expected);
    EXPECT_EQ(outcome.diagnostics, diagnostics);
  }
}

TEST(LinePipelineTest, LinesLongerThanARead) {
  const std::string longer(1'000'000, 'y');
  EXPECT_EQ(Process("a\n" + longer + "\nb\n" + longer, 2).results,
            "1:a\n2:" + longer + "\n3:b\n4:" + longer + "\n");
}

TEST(LinePipelineTest, TheRestOfAnEndlessLineIsDropped) {
  const Outcome outcome = Process(std::string(kMaxLineBytes + (8U << 20), 'z') + "\nnext", 1);
  EXPECT_LT(outcome.results.size(), kMaxLineBytes + (1U << 20));
  EXPECT_TRUE(outcome.results.ends_with("z\n2:next\n"));
}

TEST(LinePipelineTest, AnswersWhatHasArrived) {
  int in[2];
  int out[2];
  ASSERT_EQ(::pipe(in) + ::pipe(out), 0);
  std::thread worker([&] { EXPECT_TRUE(ProcessLines({in[0], out[1], STDERR_FILENO}, 2, Echo)); });
  char buffer[16];
  for (const std::string line : {"1:a\n", "2:b\n"}) {
    ASSERT_EQ(::write(in[1], line.data() + 2, 2), 2);
    ASSERT_EQ(::read(out[0], buffer, sizeof buffer), 4);
    EXPECT_EQ(std::string_view(buffer, 4), line);
  }
  ::close(in[1]);
  worker.join();
  for (const int file : {in[0], out[0], out[1]}) ::close(file);
}

TEST(LinePipelineTest, AClosedOutputEndsItQuietly) {
  std::signal(SIGPIPE, SIG_IGN);
  const TemporaryFolder folder;
  std::ofstream(folder.File("in")) << std::string(1'000'000, '\n');
  int out[2];
  ASSERT_EQ(::pipe(out), 0);
  ::close(out[0]);
  const int in = ::open(folder.File("in").c_str(), O_RDONLY);
  EXPECT_TRUE(ProcessLines({in, out[1], STDERR_FILENO}, 2, Echo));
  ::close(in);
  ::close(out[1]);
}

TEST(LinePipelineTest, AnInputThatCannotBeReadIsAnError) {
  const auto result = ProcessLines({-1, STDOUT_FILENO, STDERR_FILENO}, 2, Echo);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace routellm::cli
