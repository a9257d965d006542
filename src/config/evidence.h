// Where a router's evidence comes from: what it needs to know besides the prompt.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "config/endpoint.h"
#include "embedding/precision.h"

namespace routellm::config {

// What the gateway spends on evidence. The tools wait longer and keep nothing.
struct EvidenceLimits {
  // For one prompt, a second attempt included; the route's `when_unscorable` decides after it.
  std::chrono::milliseconds timeout{2'000};
  // Prompts that are waited for at a time, by all event loops; one more is not scored.
  std::size_t max_waiting = 1'000;
  // Of evidence that is kept for prompts that come again; 0: none is.
  std::size_t cache_bytes = std::size_t{64} << 20;
};

// kHashed: built in. kEncoder: a model of the BERT family on this machine. kRemote: an
// OpenAI-compatible server.
enum class EmbedderKind : std::uint8_t { kHashed, kEncoder, kRemote };

struct EmbedderConfig {
  EmbedderKind kind = EmbedderKind::kHashed;
  std::string model_folder = {};                                  // of kEncoder
  embedding::Precision precision = embedding::Precision::kFloat;  // of kEncoder
  bool first_token = false;  // of kEncoder: its vector, whatever the folder says of pooling
  Endpoint endpoint = {};    // of kRemote; its target is that of the embeddings
  // kHashed: of the vectors. kRemote: asked for, which not every server knows. 0: the embedder's
  // own.
  std::size_t dimensions = 0;
  EvidenceLimits limits = {};
};

// How a model says its score: by one token for each label, "[[1]]" to "[[5]]", which it was
// fine-tuned to have, or by a digit behind a "[[" that it is given.
enum class ScoreLabels : std::uint8_t { kTokens, kDigits };

// The resource that is asked: a chat, which the server puts into the model's template, or a
// completion, for which it is put into that of Llama 3 here.
enum class ScoringApi : std::uint8_t { kChat, kCompletions };

// A served language model that predicts the score of the weak model's answer.
struct ScoringModelConfig {
  Endpoint endpoint = {};
  ScoringApi api = ScoringApi::kChat;
  ScoreLabels labels = ScoreLabels::kTokens;
  // kDigits, in a chat: the model goes on from "[[", which not every server lets it; else it begins
  // with the digit. A completion always goes on.
  bool prefill = true;
  std::size_t top_logprobs = 20;   // tokens that are asked for; servers have limits
  std::string prompt_folder = {};  // of the checkpoint; empty: the wording that is built in
  EvidenceLimits limits = {};
};

// A program of the operator's that tells win rates.
struct CommandConfig {
  std::vector<std::string> command = {};  // its file and its arguments
  std::string folder = {};                // where it runs; empty: here
  EvidenceLimits limits = {};             // nothing is cached
};

}  // namespace routellm::config
