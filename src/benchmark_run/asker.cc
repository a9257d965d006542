#include "benchmark_run/asker.h"

#include <fmt/core.h>

#include <utility>

#include "benchmark_run/digest.h"
#include "http_client/shown_url.h"

namespace routellm::benchmark_run {
namespace {

using Json = nlohmann::json;

constexpr int kOk = 200;
constexpr int kMaxFailuresInARow = 10;

bool ConcernsEveryRequest(int status, std::string_view body) {
  return status == 401 || status == 402 || status == 403 || status == 404 ||
         (status == 429 && body.find("insufficient_quota") != std::string_view::npos);
}

}  // namespace

std::string ChatCompletionsUrl(std::string base_url) {
  while (base_url.ends_with('/')) base_url.pop_back();
  return base_url + "/chat/completions";
}

Asker::Asker(const ChatServer& server, const ChatSettings& settings, Journal& journal,
             RunState& state)
    : server_(server),
      settings_(settings),
      journal_(journal),
      state_(state),
      world_(http_client::SystemRetryWorld(state.stopping())) {}

std::optional<ChatReply> Asker::Ask(http_client::Client& client, const std::string& id,
                                    Json messages, std::optional<double> temperature,
                                    const std::function<bool(std::string_view)>& usable) {
  ChatSettings settings = settings_;
  if (temperature) settings.temperature = *temperature;
  const std::string body =
      ChatBody(settings, std::move(messages))
          .dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
  const std::string digest = Digest(body);
  const auto is_usable = [&](const ChatReply& reply) { return !usable || usable(reply.text); };
  if (auto known = journal_.Find(id, digest); known && is_usable(*known)) {
    answered_ = true;
    state_.OnReused();
    return known;
  }
  if (state_.stopping()) return std::nullopt;
  auto reply = Request(client, body);
  if (!reply) return reply;
  if (auto written = journal_.Append(id, digest, *reply); !written) {
    state_.Stop(StopReason::kRefused, written.error().ToString());
    return std::nullopt;
  }
  answered_ = true;
  failures_in_a_row_ = 0;
  const bool good = is_usable(*reply);
  state_.OnReply(*reply, server_.price, good);
  if (!good) return std::nullopt;
  return reply;
}

std::optional<ChatReply> Asker::Request(http_client::Client& client, const std::string& body) {
  http_client::Request request{.method = http_client::Method::kPost,
                               .url = server_.url,
                               .headers = server_.headers,
                               .body = body,
                               .timeouts = server_.timeouts};
  request.headers.push_back({"content-type", "application/json"});
  const auto response = http_client::Retry({}, world_, [&]() -> Result<http_client::Response> {
    auto attempt = client.Perform(request);
    // An exhausted quota is a 429 that waiting does not change.
    if (attempt && ConcernsEveryRequest(attempt->status, attempt->body)) OnRefusal(*attempt);
    return attempt;
  });
  if (!response) {
    if (response.error().code == ErrorCode::kInvalidRequest) {
      state_.Stop(StopReason::kRefused, response.error().ToString());
    } else {
      OnFailure(response.error());
    }
    return std::nullopt;
  }
  if (response->status != kOk) {
    OnRefusal(*response);
    return std::nullopt;
  }
  auto reply = ParseChatReply(response->body);
  if (!reply) {
    OnFailure(reply.error());
    return std::nullopt;
  }
  return *std::move(reply);
}

void Asker::OnRefusal(const http_client::Response& response) {
  const Error error{
      ErrorCode::kUpstreamUnavailable,
      fmt::format("{} answers with status {}", http_client::ShownUrl(server_.url), response.status),
      RefusalMessage(response.body)};
  const bool about_settings =
      response.status < 500 && response.status != 429 && response.status != 408 && !answered_;
  if (ConcernsEveryRequest(response.status, response.body) || about_settings) {
    state_.Stop(StopReason::kRefused, error.ToString());
  } else {
    OnFailure(error);
  }
}

void Asker::OnFailure(const Error& error) {
  state_.OnFailure(error);
  if (++failures_in_a_row_ < kMaxFailuresInARow) return;
  state_.Stop(StopReason::kRefused,
              fmt::format("{} requests failed one after the other; the last: {}",
                          kMaxFailuresInARow, error.ToString()));
}

}  // namespace routellm::benchmark_run
