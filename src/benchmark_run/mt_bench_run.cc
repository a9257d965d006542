#include "benchmark_run/mt_bench_run.h"

#include <algorithm>
#include <chrono>

#include "benchmark_run/digest.h"
#include "benchmark_run/judge.h"

namespace routellm::benchmark_run {

Result<void> MtBenchRun::Load() {
  auto questions = ReadMtBenchQuestions(options_.data_folder);
  if (!questions) return tl::unexpected(questions.error());
  questions_ = std::move(*questions);
  for (const MtBenchQuestion& question : questions_) selected_.push_back(&question);
  std::sort(selected_.begin(), selected_.end(), [](const auto* a, const auto* b) {
    return Hash(std::to_string(a->id)) < Hash(std::to_string(b->id));
  });
  if (options_.limit) selected_.resize(std::min(*options_.limit, selected_.size()));
  report_.questions = questions_.size();
  report_.asked = selected_.size();
  report_.unit = "judge score";
  return {};
}

nlohmann::json MtBenchRun::Protocol() const {
  return {{"benchmark", options_.benchmark},
          {"model", options_.model.model},
          {"temperature", options_.temperature ? nlohmann::json(*options_.temperature)
                                               : nlohmann::json("by category")},
          {"max_tokens", options_.model.max_tokens},
          {"request_patch", options_.model.patch}};
}

Result<void> MtBenchRun::OpenMore() {
  const nlohmann::json protocol = {{"benchmark", options_.benchmark},
                                   {"model", options_.model.model},
                                   {"judge", options_.judge.model},
                                   {"judge_temperature", options_.judge.temperature},
                                   {"judge_max_tokens", options_.judge.max_tokens},
                                   {"judge_request_patch", options_.judge.patch},
                                   {"judge_prompt_revision", kJudgePromptRevision}};
  auto opened = Journal::Open(JournalPath("judged-by-" + options_.judge.model), protocol);
  if (!opened) return tl::unexpected(opened.error());
  judge_journal_ = std::move(*opened);
  const TokenUsage spent = judge_journal_->tokens_at_open();
  state_->AddEarlier(spent, options_.judge_server.price.Usd(spent));
  model_ = std::make_unique<Asker>(options_.server, options_.model, *journal_, *state_);
  judge_ = std::make_unique<Asker>(options_.judge_server, options_.judge, *judge_journal_, *state_);
  return {};
}

void MtBenchRun::AskOne(http_client::Client& client, std::size_t index) {
  const MtBenchQuestion& question = *selected_[index];
  const auto done = RunMtBenchQuestion(question, options_.temperature, *model_, *judge_, client);
  if (!done) return;
  const std::lock_guard lock(mutex_);
  for (const ChatReply& reply : done->replies) Note(reply);
  judged_[question.id] = done->judged;
}

Result<FileContents> MtBenchRun::Grade() {
  report_.answered = judged_.size();
  double sum = 0.0;
  for (const auto& [id, turns] : judged_) sum += (turns[0].score + turns[1].score) / 2.0;
  report_.quality = judged_.empty() ? 0.0 : sum / static_cast<double>(judged_.size());
  const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
  return MtBenchFiles(options_.data_folder, questions_, judged_, options_.name,
                      options_.judge.model, now.count());
}

}  // namespace routellm::benchmark_run
