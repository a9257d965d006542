#include "data/mt_bench.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "data/json_lines.h"
#include "data/text_file.h"

namespace routellm::data {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kTurns = 2;
constexpr double kLowestScore = 1.0;
constexpr double kHighestScore = 10.0;

Result<std::int64_t> Integer(const JsonLine& line, std::string_view key) {
  const nlohmann::json* value = line.Find(key);
  if (value == nullptr || !value->is_number_integer()) {
    return tl::unexpected(line.ErrorAt(key, value == nullptr ? "missing" : "not an integer"));
  }
  return value->get<std::int64_t>();
}

Result<double> JudgeScore(const JsonLine& line) {
  const nlohmann::json* value = line.Find("score");
  if (value == nullptr || !value->is_number()) {
    return tl::unexpected(line.ErrorAt("score", value == nullptr ? "missing" : "not a number"));
  }
  const double score = value->get<double>();
  if (!(score >= kLowestScore && score <= kHighestScore)) {
    return tl::unexpected(line.ErrorAt(
        "score", fmt::format("{} is not from {} to {}", score, kLowestScore, kHighestScore)));
  }
  return score;
}

// Whether the line's `turns` are two texts.
bool HasTurns(const JsonLine& line) {
  const nlohmann::json* turns = line.Find("turns");
  return turns != nullptr && turns->is_array() && turns->size() == kTurns &&
         std::all_of(turns->begin(), turns->end(), [](const auto& turn) {
           return turn.is_string() && !turn.template get_ref<const std::string&>().empty();
         });
}

class MtBenchBuilder {
 public:
  explicit MtBenchBuilder(ContaminatedPrompts contaminated)
      : contaminated_(std::move(contaminated)) {
    bench_.name = "mt-bench";
    bench_.unit = "judge score";
  }

  Result<void> AddQuestion(const JsonLine& line) {
    const auto id = Integer(line, "question_id");
    if (!id) return tl::unexpected(id.error());
    if (!HasTurns(line)) return tl::unexpected(line.ErrorAt("turns", "two texts were expected"));
    const nlohmann::json& turns = *line.Find("turns");
    const bool left_out = std::any_of(turns.begin(), turns.end(), [&](const auto& turn) {
      return contaminated_.contains(turn.template get_ref<const std::string&>());
    });
    const auto index = left_out ? std::nullopt : std::optional(ids_.size());
    if (!questions_.emplace(*id, index).second) {
      return tl::unexpected(line.ErrorAt("question_id", fmt::format("{} occurs twice", *id)));
    }
    if (left_out) {
      ++bench_.contaminated;
    } else {
      ids_.push_back(*id);
      bench_.prompts.push_back(turns[0].get<std::string>());
      bench_.second_turns.push_back(turns[1].get<std::string>());
    }
    return {};
  }

  // After all questions.
  Result<void> AddJudgement(const JsonLine& line) {
    const auto id = Integer(line, "question_id");
    if (!id) return tl::unexpected(id.error());
    const auto model = line.String("model");
    if (!model) return tl::unexpected(model.error());
    const auto turn = Integer(line, "turn");
    if (!turn) return tl::unexpected(turn.error());
    const auto score = JudgeScore(line);
    if (!score) return tl::unexpected(score.error());
    const auto question = questions_.find(*id);
    if (question == questions_.end()) {
      return tl::unexpected(line.ErrorAt("question_id", fmt::format("no question {}", *id)));
    }
    if (*turn < 1 || *turn > static_cast<std::int64_t>(kTurns)) {
      return tl::unexpected(line.ErrorAt("turn", fmt::format("{} is not 1 or 2", *turn)));
    }
    if (!question->second) return {};
    auto& judgement = Judgements(*model)[*question->second][static_cast<std::size_t>(*turn - 1)];
    if (judgement) {
      return tl::unexpected(line.ErrorAt(
          "turn",
          fmt::format("a second judgement of {} for question {}, turn {}", *model, *id, *turn)));
    }
    judgement = *score;
    return {};
  }

  Result<Benchmark> Finish(const fs::path& judgements_file) {
    for (const auto& [model, judgements] : judgements_) {
      ModelScores scores{model, {}};
      for (std::size_t i = 0; i < ids_.size(); ++i) {
        for (std::size_t turn = 0; turn < kTurns; ++turn) {
          if (judgements[i][turn]) continue;
          return Fail(ErrorCode::kInvalidData, "invalid data",
                      fmt::format("{}: no judgement of {} for question {}, turn {}",
                                  judgements_file.string(), model, ids_[i], turn + 1));
        }
        scores.scores.push_back((*judgements[i][0] + *judgements[i][1]) / 2.0);
      }
      bench_.models.push_back(std::move(scores));
    }
    if (bench_.prompts.empty() || bench_.models.empty()) {
      return Fail(ErrorCode::kInvalidData, "a benchmark without prompts or models",
                  judgements_file.string());
    }
    return std::move(bench_);
  }

 private:
  using Judgement = std::array<std::optional<double>, kTurns>;

  std::vector<Judgement>& Judgements(std::string_view model) {
    return judgements_.try_emplace(std::string(model), ids_.size()).first->second;
  }

  const ContaminatedPrompts contaminated_;
  std::vector<std::int64_t> ids_;  // of the prompts
  std::unordered_map<std::int64_t, std::optional<std::size_t>>
      questions_;  // the prompt of an id; none if it is left out
  std::map<std::string, std::vector<Judgement>> judgements_;  // of a model, by prompt
  Benchmark bench_;
};

}  // namespace

Result<Benchmark> LoadMtBench(const fs::path& folder, const Exclusions& exclusions) {
  auto contaminated = ReadExclusions(folder, exclusions);
  if (!contaminated) return tl::unexpected(contaminated.error());
  const fs::path questions_file = folder / "question.jsonl";
  const auto questions = ReadTextFile(questions_file);
  if (!questions) return tl::unexpected(questions.error());
  const fs::path judgements_file = folder / "judgements.jsonl";
  const auto judgements = ReadTextFile(judgements_file);
  if (!judgements) return tl::unexpected(judgements.error());

  MtBenchBuilder builder(std::move(*contaminated));
  auto read = ForEachJsonLine(questions_file.string(), *questions,
                              [&](const JsonLine& line) { return builder.AddQuestion(line); });
  if (!read) return tl::unexpected(read.error());
  read = ForEachJsonLine(judgements_file.string(), *judgements,
                         [&](const JsonLine& line) { return builder.AddJudgement(line); });
  if (!read) return tl::unexpected(read.error());
  return builder.Finish(judgements_file);
}

}  // namespace routellm::data
