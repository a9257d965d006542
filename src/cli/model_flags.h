// A model behind an OpenAI-compatible server, as flags.
#pragma once

#include <optional>
#include <string>

#include <CLI/App.hpp>

#include "benchmark_run/asker.h"
#include "benchmark_run/chat_api.h"
#include "core/error.h"

namespace routellm::cli {

struct ModelFlags {
  std::string model;
  std::string endpoint;
  std::string key_variable;
  std::string request_patch;
  std::optional<int> max_tokens;
  std::optional<double> price_input;
  std::optional<double> price_output;
};

struct ModelFlagNames {
  std::string prefix;           // such as "judge-"; may be empty
  std::string key_flag;         // without dashes
  std::string whose;            // such as "the judge's"
  std::string endpoint_more;    // what the help of the address says besides
  std::string max_tokens_more;  // the default
};

// Adds PREFIXendpoint, the key's flag, PREFIXmax-tokens, PREFIXrequest-patch, PREFIXprice-input and
// PREFIXprice-output; the model's own flag is the caller's. Returns that of the address.
CLI::Option* AddModelFlags(CLI::App& command, ModelFlags& flags, const ModelFlagNames& names);

// How a run asks its models, and how far it goes.
struct RunLimits {
  std::size_t concurrency = 8;
  double timeout_s = 300;
  std::optional<double> max_usd;
  std::optional<std::size_t> most;  // of what is asked
};

// Adds --limit, --concurrency, --timeout and --max-usd. `limit_help` says what is limited.
void AddRunLimits(CLI::App& command, RunLimits& limits, const std::string& limit_help);

// Errors: kInvalidRequest for an address that cannot be one, a key that is not in the environment.
[[nodiscard]] Result<benchmark_run::ChatServer> MakeServer(const ModelFlags& flags,
                                                           double timeout_s);

// At temperature 0. Error kInvalidRequest, naming the flag, for a patch that is no JSON object.
[[nodiscard]] Result<benchmark_run::ChatSettings> MakeSettings(const ModelFlags& flags,
                                                               int max_tokens,
                                                               const std::string& prefix);

// Error kInvalidRequest if one price is given without the other, or none where a cap needs it.
[[nodiscard]] Result<void> CheckPrices(const ModelFlags& flags, bool capped,
                                       const std::string& prefix);

}  // namespace routellm::cli
