#include "labelling/label_run.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "benchmark_run/digest.h"
#include "data/replace_file.h"
#include "http_client/run_concurrently.h"

namespace routellm::labelling {
namespace fs = std::filesystem;
namespace {

using benchmark_run::Asker;
using benchmark_run::Journal;
using benchmark_run::RunState;
using benchmark_run::VisibleAnswer;
using Json = nlohmann::json;

tl::unexpected<Error> WrongUsage(std::string message) {
  return Fail(ErrorCode::kInvalidRequest, std::move(message));
}

// `text` as part of a file's name.
std::string FileName(std::string text) {
  std::replace_if(
      text.begin(), text.end(),
      [](unsigned char c) { return std::isalnum(c) == 0 && c != '.' && c != '-' && c != '_'; },
      '_');
  return text;
}

std::string_view NameOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kFirst:
      return "model_a";
    case Verdict::kSecond:
      return "model_b";
    case Verdict::kTie:
      return "tie";
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<LabelRun>> LabelRun::Prepare(LabelOptions options) {
  if (options.strong.name.empty() || options.weak.name.empty())
    return WrongUsage("the strong and the weak model need names");
  if (options.strong.name == options.weak.name)
    return WrongUsage("the strong and the weak model are the same");
  std::unique_ptr<LabelRun> run(new LabelRun(std::move(options)));
  if (auto ok = run->TakePrompts(); !ok) return tl::unexpected(ok.error());
  run->report_.prompts = run->prompts_.size();
  run->state_ = std::make_unique<RunState>(run->CountReplies(), run->options_.max_usd);
  if (auto ok = run->OpenJournals(); !ok) return tl::unexpected(ok.error());
  return run;
}

Result<void> LabelRun::TakePrompts() {
  std::set<std::string_view> texts;
  std::set<std::string_view> ids;
  for (const data::Prompt& prompt : options_.prompts) {
    if (prompt.text.empty() || !texts.insert(prompt.text).second) continue;
    if (!ids.insert(prompt.id).second)
      return WrongUsage(fmt::format("two different prompts have the id '{}'", prompt.id));
    prompts_.push_back(prompt);
  }
  if (prompts_.empty()) return WrongUsage("there are no prompts to label");
  std::sort(prompts_.begin(), prompts_.end(), [](const auto& x, const auto& y) {
    return benchmark_run::Hash(x.id) < benchmark_run::Hash(y.id);
  });
  if (options_.limit) prompts_.resize(std::min(*options_.limit, prompts_.size()));
  for (const LabelModel* model : {&options_.strong, &options_.weak}) {
    if (!model->server.url.empty()) continue;
    for (const data::Prompt& prompt : prompts_) {
      if (options_.answers.Find(model->name, prompt.id, prompt.text)) continue;
      return WrongUsage(
          fmt::format("no answer of '{}' to the prompt '{}' is given, and no server to ask for it",
                      model->name, prompt.id));
    }
  }
  return {};
}

std::size_t LabelRun::CountReplies() const {
  std::size_t count = prompts_.size() * (options_.kind == LabelKind::kBattles ? 2 : 1);
  for (const data::Prompt& prompt : prompts_) {
    for (const LabelModel* model : {&options_.strong, &options_.weak})
      count += options_.answers.Find(model->name, prompt.id, prompt.text) ? 0 : 1;
  }
  return count;
}

Result<void> LabelRun::OpenJournals() {
  std::error_code error;
  fs::create_directories(journals(), error);
  if (error) {
    return Fail(ErrorCode::kIo, "cannot make a folder",
                journals().string() + ": " + error.message());
  }
  if (auto ok = Open(options_.strong, "answers", strong_journal_, strong_); !ok) return ok;
  if (auto ok = Open(options_.weak, "answers", weak_journal_, weak_); !ok) return ok;
  return Open(options_.judge, options_.kind == LabelKind::kBattles ? "battles" : "scores",
              judge_journal_, judge_);
}

Result<void> LabelRun::Open(const LabelModel& model, const std::string& what,
                            std::unique_ptr<Journal>& journal, std::unique_ptr<Asker>& asker) {
  if (model.server.url.empty()) return {};
  Json protocol = {{"label", what},
                   {"model", model.settings.model},
                   {"temperature", model.settings.temperature},
                   {"max_tokens", model.settings.max_tokens},
                   {"request_patch", model.settings.patch}};
  if (&model == &options_.judge) {
    protocol["prompt_revision"] = kVerdictPromptRevision;
    protocol["strong"] = options_.strong.name;
    protocol["weak"] = options_.weak.name;
  }
  auto opened =
      Journal::Open(journals() / fmt::format("{}.{}.jsonl", what, FileName(model.name)), protocol);
  if (!opened) return tl::unexpected(opened.error());
  journal = *std::move(opened);
  const benchmark_run::TokenUsage spent = journal->tokens_at_open();
  state_->AddEarlier(spent, model.server.price.Usd(spent));
  asker = std::make_unique<Asker>(model.server, model.settings, *journal, *state_);
  return {};
}

void LabelRun::Work(std::size_t concurrency) {
  http_client::RunConcurrently(
      prompts_.size(), concurrency, state_->cancelled(),
      [&](http_client::Client& client, std::size_t index) { LabelOne(client, index); });
}

std::optional<std::string> LabelRun::AnswerOf(const LabelModel& model, Asker* asker,
                                              http_client::Client& client,
                                              const data::Prompt& prompt) {
  if (auto given = options_.answers.Find(model.name, prompt.id, prompt.text)) return given;
  const auto reply =
      asker->Ask(client, prompt.id, Json::array({benchmark_run::Message("user", prompt.text)}));
  if (!reply) return std::nullopt;
  return std::string(VisibleAnswer(reply->text));
}

template <typename Read>
auto LabelRun::AskJudge(http_client::Client& client, const std::string& id, const Json& messages,
                        Read read) -> decltype(read(std::string_view())) {
  const auto reply = judge_->Ask(client, id, messages);
  if (!reply) return std::nullopt;
  if (const auto verdict = read(VisibleAnswer(reply->text))) return verdict;
  {
    const std::lock_guard lock(mutex_);
    ++report_.unread;
  }
  state_->Expect(1);
  const auto second =
      judge_->Ask(client, id + "/again", Again(messages, reply->text), {},
                  [&](std::string_view text) { return read(VisibleAnswer(text)).has_value(); });
  if (!second) return std::nullopt;
  return read(VisibleAnswer(second->text));
}

void LabelRun::LabelOne(http_client::Client& client, std::size_t index) {
  const data::Prompt& prompt = prompts_[index];
  const auto strong = AnswerOf(options_.strong, strong_.get(), client, prompt);
  if (!strong) return;
  const auto weak = AnswerOf(options_.weak, weak_.get(), client, prompt);
  if (!weak) return;
  Label label;
  if (options_.kind == LabelKind::kBattles) {
    const auto one =
        AskJudge(client, prompt.id + "/1", PairMessages(prompt.text, *strong, *weak), ReadVerdict);
    if (!one) return;
    const auto two =
        AskJudge(client, prompt.id + "/2", PairMessages(prompt.text, *weak, *strong), ReadVerdict);
    if (!two) return;
    label.verdicts = {*one, *two};
  } else {
    const auto score =
        AskJudge(client, prompt.id, ScoreMessages(prompt.text, *strong, *weak), ReadScore);
    if (!score) return;
    label.score = *score;
  }
  const std::lock_guard lock(mutex_);
  labels_[index] = label;
}

Json LabelRun::Line(std::size_t index, const Label& label) {
  const data::Prompt& prompt = prompts_[index];
  Json line = {
      {"id", prompt.id}, {"prompt", prompt.text}, {"judge", options_.judge.settings.model}};
  if (options_.kind == LabelKind::kScores) {
    ++report_.scores[static_cast<std::size_t>(label.score - 1)];
    line["model"] = options_.weak.name;
    line["score"] = label.score;
    return line;
  }
  const Verdict winner = Agree(label.verdicts[0], label.verdicts[1]);
  report_.strong += winner == Verdict::kFirst ? 1 : 0;
  report_.weak += winner == Verdict::kSecond ? 1 : 0;
  const bool both_tie = label.verdicts[0] == Verdict::kTie && label.verdicts[1] == Verdict::kTie;
  report_.disagreed += winner == Verdict::kTie && !both_tie ? 1 : 0;
  line["model_a"] = options_.strong.name;
  line["model_b"] = options_.weak.name;
  line["winner"] = NameOf(winner);
  return line;
}

Result<LabelReport> LabelRun::Finish() {
  const std::lock_guard lock(mutex_);
  if (labels_.empty()) {
    return Fail(ErrorCode::kUpstreamUnavailable, "no prompt was labelled; nothing was written",
                state_->Progress().last_failure);
  }
  std::string text;
  for (const auto& [index, label] : labels_) {
    text +=
        Line(index, label).dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
    text += '\n';
  }
  report_.labelled = labels_.size();
  report_.file =
      options_.out / fmt::format("{}.{}.jsonl", FileName(options_.source),
                                 options_.kind == LabelKind::kBattles ? "battles" : "scores");
  if (auto written = data::ReplaceFile(report_.file, text); !written)
    return tl::unexpected(written.error());
  return report_;
}

}  // namespace routellm::labelling
