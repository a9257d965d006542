#include "data/battle_record.h"

#include <charconv>
#include <optional>

#include <nlohmann/json.hpp>

#include "data/csv_reader.h"
#include "data/json_lines.h"
#include "data/named_fields.h"
#include "data/text_file.h"

namespace routellm::data {
namespace {

Result<float> NamedWinner(const NamedFields& fields) {
  const auto winner = Required(fields, "winner");
  if (!winner) return tl::unexpected(winner.error());
  if (*winner == "model_a") return 1.0F;
  if (*winner == "model_b") return 0.0F;
  if (*winner == "tie" || *winner == "tie (bothbad)") return 0.5F;
  return tl::unexpected(fields.error_at(
      "winner", Quoted(*winner) + " is not one of model_a, model_b, tie, tie (bothbad)"));
}

// Chatbot Arena's form: of three columns exactly one is 1.
Result<float> FlaggedWinner(const NamedFields& fields) {
  constexpr std::string_view kColumns[] = {"winner_model_a", "winner_model_b", "winner_tie"};
  constexpr float kAWins[] = {1.0F, 0.0F, 0.5F};
  std::optional<float> a_wins;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto flag = Required(fields, kColumns[i]);
    if (!flag) return tl::unexpected(flag.error());
    if (*flag != "0" && *flag != "1") {
      return tl::unexpected(fields.error_at(kColumns[i], Quoted(*flag) + " is neither 0 nor 1"));
    }
    if (*flag == "0") continue;
    if (a_wins) return tl::unexpected(fields.error_at(kColumns[i], "more than one winner"));
    a_wins = kAWins[i];
  }
  if (!a_wins) return tl::unexpected(fields.error_at(kColumns[0], "no winner"));
  return *a_wins;
}

// The last turn of a JSON list of the user's turns: what a gateway would have scored.
Result<std::string> LastTurn(const NamedFields& fields, const std::string& turns) {
  const auto list = nlohmann::json::parse(turns, nullptr, false);
  if (list.is_array()) {
    for (auto turn = list.rbegin(); turn != list.rend(); ++turn) {
      if (turn->is_string() && !turn->get_ref<const std::string&>().empty())
        return turn->get<std::string>();
    }
  }
  return tl::unexpected(fields.error_at("prompt", "not a JSON list with a turn that is text"));
}

Result<float> Weight(const NamedFields& fields) {
  const auto text = fields.find("weight");
  if (!text || text->empty()) return 1.0F;
  float weight = 0.0F;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), weight);
  constexpr float kLargest = 1e6F;
  if (error == std::errc{} && end == text->data() + text->size() && weight > 0.0F &&
      weight <= kLargest)
    return weight;
  return tl::unexpected(
      fields.error_at("weight", Quoted(*text) + " is not a number above 0, at most a million"));
}

Result<void> ReadPrompt(const NamedFields& fields, bool prompt_is_list, BattleRecord& battle) {
  if (auto id = fields.find("id")) battle.id = *std::move(id);
  auto prompt = fields.find("prompt");
  if (!prompt) {
    if (battle.id.empty())
      return tl::unexpected(fields.error_at("prompt", "missing, and there is no id either"));
    return {};
  }
  battle.prompt = *std::move(prompt);
  if (!prompt_is_list) return {};
  auto turn = LastTurn(fields, battle.prompt);
  if (!turn) return tl::unexpected(turn.error());
  battle.prompt = *std::move(turn);
  return {};
}

struct BattleForm {
  BattleQuery query = BattleQuery::kRequired;
  bool prompt_is_list = false;
  bool flagged = false;
};

Result<BattleRecord> ReadBattle(const NamedFields& fields, const BattleForm& form) {
  BattleRecord battle;
  battle.error_at = fields.error_at;
  if (form.query == BattleQuery::kRequired) {
    if (auto ok = ReadPrompt(fields, form.prompt_is_list, battle); !ok)
      return tl::unexpected(ok.error());
  }
  auto model_a = Required(fields, "model_a");
  if (!model_a) return tl::unexpected(model_a.error());
  auto model_b = Required(fields, "model_b");
  if (!model_b) return tl::unexpected(model_b.error());
  if (*model_a == *model_b)
    return tl::unexpected(fields.error_at("model_b", "the same model as model_a"));
  const auto a_wins = form.flagged ? FlaggedWinner(fields) : NamedWinner(fields);
  if (!a_wins) return tl::unexpected(a_wins.error());
  const auto weight = Weight(fields);
  if (!weight) return tl::unexpected(weight.error());
  battle.model_a = *std::move(model_a);
  battle.model_b = *std::move(model_b);
  battle.a_wins = *a_wins;
  battle.weight = *weight;
  battle.sampled_for = fields.find("sampled_for").value_or("");
  return battle;
}

Result<void> ForEachCsvBattle(const std::string& file, std::string text, BattleQuery query,
                              const std::function<Result<void>(const BattleRecord&)>& visit) {
  auto reader = CsvReader::Create(file, std::move(text));
  if (!reader) return tl::unexpected(reader.error());
  const bool flagged = reader->FindColumn("winner_model_a").has_value();
  const NamedFields fields = FieldsOf(*reader);
  for (;;) {
    const auto more = reader->Next();
    if (!more) return tl::unexpected(more.error());
    if (!*more) return {};
    const auto battle = ReadBattle(fields, {query, flagged, flagged});
    if (!battle) return tl::unexpected(battle.error());
    if (auto ok = visit(*battle); !ok) return ok;
  }
}

Result<void> ForEachJsonBattle(const std::string& file, const std::string& text, BattleQuery query,
                               const std::function<Result<void>(const BattleRecord&)>& visit) {
  return ForEachJsonLine(file, text, [&](const JsonLine& line) -> Result<void> {
    const NamedFields fields = FieldsOf(line);
    const nlohmann::json* prompt = line.Find("prompt");
    const auto battle = ReadBattle(fields, {query, prompt != nullptr && prompt->is_array(),
                                            line.Find("winner_model_a") != nullptr});
    if (!battle) return tl::unexpected(battle.error());
    return visit(*battle);
  });
}

}  // namespace

Result<void> ForEachBattle(const std::filesystem::path& file,
                           const std::function<Result<void>(const BattleRecord&)>& visit,
                           BattleQuery query) {
  auto text = ReadTextFile(file);
  if (!text) return tl::unexpected(text.error());
  const std::string name = file.filename().string();
  if (name.ends_with(".jsonl") || name.ends_with(".jsonl.gz"))
    return ForEachJsonBattle(file.string(), *text, query, visit);
  return ForEachCsvBattle(file.string(), *std::move(text), query, visit);
}

}  // namespace routellm::data
