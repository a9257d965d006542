// Prompts in, decisions out: the lines of `routellm route`.
#pragma once

#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>

#include "cli/line_pipeline.h"
#include "cli/prompt_line.h"
#include "core/win_rate.h"
#include "evidence_client/scorer.h"

namespace routellm::cli {

// How a prompt is decided and what its decision is called. The scorer must outlive it.
struct Decider {
  const evidence_client::Scorer* scorer;
  std::string router_name;
  Threshold threshold;
  std::string strong_model;
  std::string weak_model;
  std::size_t max_bytes;  // of a prompt that are scored
};

// The win rate of any bytes. Errors: kInvalidRequest if there are none; as Scorer::Score.
[[nodiscard]] Result<WinRate> Score(const Decider& decider, std::string_view text);

// A decision as JSON members without braces:
// "win_rate":...,"model":...,"router":...,"threshold":... .
[[nodiscard]] std::string DecisionMembers(const Decider& decider, WinRate win_rate);

// Gives one JSON object for each line: "id" and the members above, or "id" and "error", with a
// diagnostic "routellm: line N: ..." for the latter, which also sets `failed`. JSONL holds `prompt`
// or `messages` and may hold an `id`; the number of the line stands for an absent one. kAuto: a
// line that begins with "{" is JSON, another is a prompt. `decider` and `failed` must outlive the
// function.
[[nodiscard]] LineFunction RouteLines(const Decider& decider, PromptFormat format,
                                      std::atomic<bool>& failed);

}  // namespace routellm::cli
