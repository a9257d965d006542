#include "evidence_client/endpoint_client.h"

#include <fmt/core.h>
#include <simdjson.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "config/base_url.h"
#include "http_client/retry.h"
#include "text/utf8.h"

namespace routellm::evidence_client {
namespace {

constexpr int kOk = 200;
constexpr std::size_t kMaxAnswer = std::size_t{256} << 20;
constexpr std::chrono::seconds kLongest(300);
const std::atomic<bool> kNeverCancelled = false;

// What a server says about a refusal, in one short line.
std::string ServersWords(std::string_view body) {
  constexpr std::size_t kMostBytes = 300;
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  std::string_view message;
  if (parser.parse(body).get(root) || root["error"]["message"].get(message)) return {};
  std::string line(text::TruncateUtf8(message, kMostBytes));
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return line;
}

}  // namespace

Result<void> RequireKey(const config::Endpoint& endpoint) {
  if (endpoint.key_variable.empty() || !endpoint.auth_header.empty()) return {};
  return Fail(ErrorCode::kInvalidRequest,
              fmt::format("the key variable {} is not set", endpoint.key_variable));
}

struct EndpointClient::Idle {
  std::mutex mutex;
  std::vector<std::unique_ptr<http_client::Client>> clients;  // protected by mutex
};

EndpointClient::EndpointClient(const config::Endpoint& endpoint) : idle_(std::make_unique<Idle>()) {
  request_.method = http_client::Method::kPost;
  request_.url = config::FormatOrigin(endpoint.tls, endpoint.host, endpoint.port) + endpoint.target;
  request_.headers = {{"content-type", "application/json"}};
  if (const std::size_t colon = endpoint.auth_header.find(": "); colon != std::string::npos) {
    request_.headers.push_back(
        {endpoint.auth_header.substr(0, colon), endpoint.auth_header.substr(colon + 2)});
  }
  request_.timeouts.total = kLongest;
  request_.max_body = kMaxAnswer;
}

EndpointClient::EndpointClient(EndpointClient&&) noexcept = default;
EndpointClient::~EndpointClient() = default;

Result<std::string> EndpointClient::Post(std::string body) const {
  std::unique_ptr<http_client::Client> client;
  {
    const std::lock_guard lock(idle_->mutex);
    if (!idle_->clients.empty()) {
      client = std::move(idle_->clients.back());
      idle_->clients.pop_back();
    }
  }
  if (client == nullptr) client = std::make_unique<http_client::Client>(kNeverCancelled);
  http_client::Request request = request_;
  request.body = std::move(body);
  auto response = http_client::Retry({}, http_client::SystemRetryWorld(kNeverCancelled),
                                     [&] { return client->Perform(request); });
  {
    const std::lock_guard lock(idle_->mutex);
    idle_->clients.push_back(std::move(client));
  }
  if (!response) return tl::unexpected(std::move(response.error()));
  if (response->status == kOk) return std::move(response->body);
  return Fail(ErrorCode::kUpstreamUnavailable,
              fmt::format("{} answers with status {}", request_.url, response->status),
              ServersWords(response->body));
}

}  // namespace routellm::evidence_client
