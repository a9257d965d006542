// MT Bench: two turns of conversation, each graded by a judge.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "benchmark_run/asker.h"
#include "benchmark_run/exam_results.h"
#include "core/error.h"

namespace routellm::benchmark_run {

inline constexpr std::size_t kMtBenchTurns = 2;

struct MtBenchQuestion {
  std::int64_t id = 0;
  std::string category;
  std::array<std::string, kMtBenchTurns> turns;
  std::array<std::string, kMtBenchTurns> references;  // "" where there is none
  std::string line;                                   // of question.jsonl
};

// `folder`/mt_bench/question.jsonl. References are read for the categories whose answers are right
// or wrong: math, reasoning and coding. Errors: kIo; kInvalidData with file, line and key.
[[nodiscard]] Result<std::vector<MtBenchQuestion>> ReadMtBenchQuestions(
    const std::filesystem::path& folder);

// The temperature at which MT Bench asks a category: 0.7 for writing and roleplay, 0.1 for stem and
// humanities, else 0.
[[nodiscard]] double MtBenchTemperature(std::string_view category);

// One turn of one question.
struct Judgement {
  std::string user_prompt;  // what the judge was shown
  std::string text;
  double score = 0.0;
};

using JudgedTurns = std::array<Judgement, kMtBenchTurns>;

struct JudgedQuestion {
  std::array<ChatReply, kMtBenchTurns> replies;
  JudgedTurns judged;
};

// Replies that one question takes.
inline constexpr std::size_t kMtBenchReplies = 2 * kMtBenchTurns;

// Holds the conversation and has it judged; nothing if a reply cannot be had (see Asker::Ask).
// `temperature`: for all categories instead of MtBenchTemperature. Thread-safe.
[[nodiscard]] std::optional<JudgedQuestion> RunMtBenchQuestion(const MtBenchQuestion& question,
                                                               std::optional<double> temperature,
                                                               Asker& model, Asker& judge,
                                                               http_client::Client& client);

// question.jsonl and judgements.jsonl of `folder` with the judgements of the model `name` (by
// question), for the questions that have them. `judge` is the judge's model, `now` seconds since
// 1970. Errors as above.
[[nodiscard]] Result<FileContents> MtBenchFiles(
    const std::filesystem::path& folder, const std::vector<MtBenchQuestion>& questions,
    const std::unordered_map<std::int64_t, JudgedTurns>& judged, const std::string& name,
    const std::string& judge, double now);

}  // namespace routellm::benchmark_run
