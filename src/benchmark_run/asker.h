// Replies of one model, from the journal or from its server.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "benchmark_run/chat_api.h"
#include "benchmark_run/journal.h"
#include "benchmark_run/run_state.h"
#include "http_client/client.h"
#include "http_client/retry.h"

namespace routellm::benchmark_run {

// Where a model answers.
struct ChatServer {
  std::string url;                           // of chat completions, in full
  std::vector<http_client::Header> headers;  // the key
  http_client::Timeouts timeouts;
  TokenPrice price;
};

// "http://host/v1" and "http://host/v1/" as the URL of chat completions.
[[nodiscard]] std::string ChatCompletionsUrl(std::string base_url);

// Thread-safe: one for all threads, each with its own client.
class Asker {
 public:
  // All must outlive it.
  Asker(const ChatServer& server, const ChatSettings& settings, Journal& journal, RunState& state);

  // What the model replies to `messages`; nothing if it cannot be had or, unless it is in the
  // journal, the run is stopping; `state` then knows. `id` names the reply in the journal. A reply
  // that is not `usable`, if given, stays in the journal, counts as failed and is asked for again
  // by a later start.
  //
  // Retried: 408, 429, 5xx, and requests without an answer (http_client/retry.h). A refusal of the
  // key, the model or the payment (401, 402, 403, 404, exhausted quota) stops the run; so does any
  // other 4xx as long as nothing was answered, because it then concerns the settings, and ten
  // failures in a row.
  [[nodiscard]] std::optional<ChatReply> Ask(
      http_client::Client& client, const std::string& id, nlohmann::json messages,
      std::optional<double> temperature = {},
      const std::function<bool(std::string_view text)>& usable = {});

 private:
  [[nodiscard]] std::optional<ChatReply> Request(http_client::Client& client,
                                                 const std::string& body);
  void OnRefusal(const http_client::Response& response);
  void OnFailure(const Error& error);

  const ChatServer& server_;
  const ChatSettings& settings_;
  Journal& journal_;
  RunState& state_;
  const http_client::RetryWorld world_;
  std::atomic<bool> answered_ = false;
  std::atomic<int> failures_in_a_row_ = 0;
};

}  // namespace routellm::benchmark_run
