#include "gateway/resources.h"

#include <fmt/format.h>

#include <array>
#include <iterator>

#include "openai/json_text.h"

namespace routellm::gateway {
namespace {

using net::http::verb;

constexpr std::array kResources = {
    Resource{"/v1/chat/completions", verb::post, Resource::Kind::kChat},
    Resource{"/v1/route", verb::post, Resource::Kind::kRoute},
    Resource{"/v1/models", verb::get, Resource::Kind::kModels},
    Resource{"/health", verb::get, Resource::Kind::kHealth},
    Resource{"/metrics", verb::get, Resource::Kind::kMetrics},
};

}  // namespace

const Resource* FindResource(std::string_view path) {
  for (const Resource& resource : kResources) {
    if (resource.path == path) return &resource;
  }
  return nullptr;
}

std::string ModelsBody(const Pipeline& pipeline) {
  std::string body = R"({"object":"list","data":[)";
  for (const std::string& name : pipeline.offered()) {
    if (body.back() == '}') body += ',';
    body += R"({"id":)" + openai::ToJsonString(name) +
            R"(,"object":"model","created":0,"owned_by":"routellm"})";
  }
  return body + "]}";
}

std::string DecisionBody(const Decision& decision, std::string_view id) {
  auto body = fmt::format(R"({{"id":{},"model":{})", id.empty() ? "null" : id,
                          openai::ToJsonString(decision.model->config.name));
  if (decision.route != nullptr) {
    body +=
        fmt::format(R"(,"route":{},"router":{},"threshold":{},"win_rate":{},"scoring_us":{:.2f})",
                    openai::ToJsonString(decision.route->name),
                    openai::ToJsonString(decision.route->router_name), decision.threshold.value(),
                    decision.win_rate ? fmt::format("{}", decision.win_rate->value()) : "null",
                    static_cast<double>(decision.scoring_time.count()) / 1000.0);
  }
  return body + "}";
}

void AppendDecisionFields(const Decision& decision, std::string& fields) {
  auto out = std::back_inserter(fields);
  fmt::format_to(out, FMT_STRING("x-routellm-model: {}\r\n"), decision.model->config.name);
  if (decision.route == nullptr) return;
  fmt::format_to(out, FMT_STRING("x-routellm-router: {}\r\nx-routellm-threshold: {}\r\n"),
                 decision.route->router_name, decision.threshold.value());
  if (decision.win_rate) {
    fmt::format_to(out, FMT_STRING("x-routellm-win-rate: {:.6f}\r\n"), decision.win_rate->value());
  }
}

}  // namespace routellm::gateway
