// Preference data by a language model as judge: the augmentation of Ong et al., RouteLLM
// (arXiv:2406.18665, section 4.1), for any two models and any prompts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "benchmark_run/asker.h"
#include "benchmark_run/chat_api.h"
#include "benchmark_run/journal.h"
#include "benchmark_run/run_state.h"
#include "core/error.h"
#include "data/prompt_file.h"
#include "labelling/given_answers.h"
#include "labelling/verdicts.h"

namespace routellm::labelling {

enum class LabelKind : std::uint8_t {
  kBattles,  // which answer is better, in both orders
  kScores,   // how good the weak model's is, from 1 to 5, against the strong model's
};

// One of the two models that are compared, or the judge.
struct LabelModel {
  std::string name;  // in the labels
  // Where it answers what is not given; no address: nowhere.
  benchmark_run::ChatServer server = {};
  benchmark_run::ChatSettings settings = {};
};

struct LabelOptions {
  LabelKind kind = LabelKind::kBattles;
  std::vector<data::Prompt> prompts;
  GivenAnswers answers = {};
  LabelModel strong;
  LabelModel weak;
  LabelModel judge;
  std::filesystem::path out;  // a folder
  std::string source = "judged";
  std::optional<std::size_t> limit = {};  // prompts; a larger limit includes those of a smaller one
  std::optional<double> max_usd = {};
};

struct LabelReport {
  std::size_t prompts = 0;
  std::size_t labelled = 0;
  std::size_t unread = 0;               // verdicts that could not be read and were asked for again
  std::size_t strong = 0;               // battles: won by the strong model
  std::size_t weak = 0;                 // won by the weak model
  std::size_t disagreed = 0;            // ties because the two orders disagree
  std::array<std::size_t, 5> scores{};  // scores: how many of 1, ..., 5
  std::filesystem::path file;
};

class LabelRun {
 public:
  // Drops prompts without text and those that occurred before, makes `out` and opens its journals
  // (`out`/runs). Errors: kInvalidRequest for no prompts, ids that occur twice, names that are the
  // same or empty, an answer that is neither given nor can be asked for; those of Journal::Open;
  // kIo.
  [[nodiscard]] static Result<std::unique_ptr<LabelRun>> Prepare(LabelOptions options);

  [[nodiscard]] benchmark_run::RunState& state() { return *state_; }
  [[nodiscard]] std::filesystem::path journals() const { return options_.out / "runs"; }

  // Asks what is left to ask, in an order that is random but always the same, so that what is done
  // when a run stops is a fair sample. Returns when all is done or the state has stopped.
  void Work(std::size_t concurrency);

  // After Work: writes the labels that there are, in the order of asking:
  // `out`/SOURCE.battles.jsonl or SOURCE.scores.jsonl. Errors: kUpstreamUnavailable if there are
  // none; kIo.
  [[nodiscard]] Result<LabelReport> Finish();

 private:
  struct Label {
    std::array<Verdict, 2> verdicts{};  // kBattles: in both orders
    int score = 0;                      // kScores
  };

  explicit LabelRun(LabelOptions options) : options_(std::move(options)) {}

  Result<void> TakePrompts();
  Result<void> OpenJournals();
  Result<void> Open(const LabelModel& model, const std::string& what,
                    std::unique_ptr<benchmark_run::Journal>& journal,
                    std::unique_ptr<benchmark_run::Asker>& asker);
  [[nodiscard]] std::size_t CountReplies() const;

  void LabelOne(http_client::Client& client, std::size_t index);
  [[nodiscard]] std::optional<std::string> AnswerOf(const LabelModel& model,
                                                    benchmark_run::Asker* asker,
                                                    http_client::Client& client,
                                                    const data::Prompt& prompt);
  template <typename Read>
  [[nodiscard]] auto AskJudge(http_client::Client& client, const std::string& id,
                              const nlohmann::json& messages, Read read)
      -> decltype(read(std::string_view()));
  [[nodiscard]] nlohmann::json Line(std::size_t index, const Label& label);

  const LabelOptions options_;
  std::vector<data::Prompt> prompts_;  // those that are labelled, in the order of asking
  std::unique_ptr<benchmark_run::RunState> state_;
  std::unique_ptr<benchmark_run::Journal> strong_journal_;
  std::unique_ptr<benchmark_run::Journal> weak_journal_;
  std::unique_ptr<benchmark_run::Journal> judge_journal_;
  std::unique_ptr<benchmark_run::Asker> strong_;  // null if all its answers are given
  std::unique_ptr<benchmark_run::Asker> weak_;
  std::unique_ptr<benchmark_run::Asker> judge_;

  std::mutex mutex_;
  // Protected by mutex_.
  std::map<std::size_t, Label> labels_;
  LabelReport report_;
};

}  // namespace routellm::labelling
