#include "benchmark_run/mt_bench_questions.h"

#include <fmt/core.h>

#include <utility>

#include "benchmark_run/judge.h"
#include "data/json_lines.h"
#include "data/text_file.h"

namespace routellm::benchmark_run {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

const fs::path kQuestions = "mt_bench/question.jsonl";
const fs::path kJudgements = "mt_bench/judgements.jsonl";

bool HasRightAnswers(std::string_view category) {
  return category == "math" || category == "reasoning" || category == "coding";
}

Result<std::array<std::string, kMtBenchTurns>> Texts(const data::JsonLine& line,
                                                     std::string_view key) {
  const Json* value = line.Find(key);
  if (value == nullptr || !value->is_array() || value->size() != kMtBenchTurns ||
      !value->at(0).is_string() || !value->at(1).is_string()) {
    return tl::unexpected(line.ErrorAt(key, "two texts were expected"));
  }
  return std::array{value->at(0).get<std::string>(), value->at(1).get<std::string>()};
}

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

Result<MtBenchQuestion> ReadQuestion(const data::JsonLine& line) {
  MtBenchQuestion question;
  const Json* id = line.Find("question_id");
  if (id == nullptr || !id->is_number_integer()) {
    return tl::unexpected(line.ErrorAt("question_id", "an integer was expected"));
  }
  question.id = id->get<std::int64_t>();
  const auto category = line.String("category");
  if (!category) return tl::unexpected(category.error());
  question.category = *category;
  auto turns = Texts(line, "turns");
  if (!turns) return tl::unexpected(turns.error());
  question.turns = std::move(*turns);
  if (HasRightAnswers(question.category) && line.Find("reference") != nullptr) {
    auto references = Texts(line, "reference");
    if (!references) return tl::unexpected(references.error());
    question.references = std::move(*references);
  }
  question.line = Dump(line.object());
  return question;
}

}  // namespace

Result<std::vector<MtBenchQuestion>> ReadMtBenchQuestions(const fs::path& folder) {
  const auto text = data::ReadTextFile(folder / kQuestions);
  if (!text) return tl::unexpected(text.error());
  std::vector<MtBenchQuestion> questions;
  const auto read = data::ForEachJsonLine((folder / kQuestions).string(), *text,
                                          [&](const data::JsonLine& line) -> Result<void> {
                                            auto question = ReadQuestion(line);
                                            if (!question) return tl::unexpected(question.error());
                                            questions.push_back(std::move(*question));
                                            return {};
                                          });
  if (!read) return tl::unexpected(read.error());
  return questions;
}

double MtBenchTemperature(std::string_view category) {
  if (category == "writing" || category == "roleplay") return 0.7;
  if (category == "stem" || category == "humanities") return 0.1;
  return 0.0;
}

std::optional<JudgedQuestion> RunMtBenchQuestion(const MtBenchQuestion& question,
                                                 std::optional<double> temperature, Asker& model,
                                                 Asker& judge, http_client::Client& client) {
  const double warmth = temperature.value_or(MtBenchTemperature(question.category));
  Json messages = Json::array();
  std::vector<Turn> turns;
  JudgedQuestion done;
  for (std::size_t i = 0; i < kMtBenchTurns; ++i) {
    messages.push_back(Message("user", question.turns[i]));
    const auto reply =
        model.Ask(client, fmt::format("{}/{}", question.id, i + 1), messages, warmth);
    if (!reply) return std::nullopt;
    const std::string answer(VisibleAnswer(reply->text));
    done.replies[i] = *reply;
    messages.push_back(Message("assistant", answer));
    turns.push_back({question.turns[i], answer, question.references[i]});
  }
  for (std::size_t i = 0; i < kMtBenchTurns; ++i) {
    const auto until = turns.begin() + static_cast<std::ptrdiff_t>(i + 1);
    const Json shown = JudgeMessages({turns.begin(), until});
    const auto reply = judge.Ask(client, fmt::format("{}/{}", question.id, i + 1), shown, {},
                                 [](std::string_view text) { return Rating(text).has_value(); });
    if (!reply) return std::nullopt;
    done.judged[i] = {shown.at(1).at("content").get<std::string>(), reply->text,
                      Rating(reply->text).value_or(1.0)};
  }
  return done;
}

Result<FileContents> MtBenchFiles(const fs::path& folder,
                                  const std::vector<MtBenchQuestion>& questions,
                                  const std::unordered_map<std::int64_t, JudgedTurns>& judged,
                                  const std::string& name, const std::string& judge, double now) {
  FileContents files;
  for (const MtBenchQuestion& question : questions) {
    if (judged.contains(question.id)) files[kQuestions] += question.line + "\n";
  }
  const auto text = data::ReadTextFile(folder / kJudgements);
  if (!text) return tl::unexpected(text.error());
  const auto read = data::ForEachJsonLine(
      (folder / kJudgements).string(), *text, [&](const data::JsonLine& line) -> Result<void> {
        const Json* id = line.Find("question_id");
        if (id != nullptr && id->is_number_integer() && judged.contains(id->get<std::int64_t>())) {
          files[kJudgements] += Dump(line.object()) + "\n";
        }
        return {};
      });
  if (!read) return tl::unexpected(read.error());
  for (const MtBenchQuestion& question : questions) {
    const auto found = judged.find(question.id);
    if (found == judged.end()) continue;
    for (std::size_t i = 0; i < kMtBenchTurns; ++i) {
      const Judgement& judgement = found->second[i];
      files[kJudgements] +=
          Dump({{"question_id", question.id},
                {"model", name},
                {"judge", {judge, fmt::format("routellm-single-v{}", kJudgePromptRevision)}},
                {"user_prompt", judgement.user_prompt},
                {"judgment", judgement.text},
                {"score", judgement.score},
                {"turn", i + 1},
                {"tstamp", now}}) +
          "\n";
    }
  }
  return files;
}

}  // namespace routellm::benchmark_run
