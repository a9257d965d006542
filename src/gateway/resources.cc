#include "gateway/resources.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "core/percent_encoding.h"
#include "openai/json_text.h"

namespace routellm::gateway {
namespace {

using net::http::verb;

constexpr std::string_view kModelPath = "/v1/models/{model}";

constexpr std::array kResources = {
    Resource{"/v1/chat/completions", verb::post, Resource::Kind::kChat},
    Resource{"/v1/route", verb::post, Resource::Kind::kRoute},
    Resource{"/v1/models", verb::get, Resource::Kind::kModels},
    Resource{kModelPath, verb::get, Resource::Kind::kModel},
    Resource{"/health", verb::get, Resource::Kind::kHealth},
    Resource{"/metrics", verb::get, Resource::Kind::kMetrics},
};

bool Matches(std::string_view pattern, std::string_view path) {
  const std::size_t brace = pattern.find('{');
  if (brace == std::string_view::npos) return path == pattern;
  return path.size() > brace && path.starts_with(pattern.substr(0, brace));
}

}  // namespace

const Resource* FindResource(std::string_view path) {
  for (const Resource& resource : kResources) {
    if (Matches(resource.path, path)) return &resource;
  }
  return nullptr;
}

std::string ResourceNames() {
  std::string names;
  for (const Resource& resource : kResources) {
    names += fmt::format("{}{} {}", names.empty() ? "" : ", ",
                         resource.method == verb::get ? "GET" : "POST", resource.path);
  }
  return names;
}

std::string ModelsBody(const Pipeline& pipeline) {
  std::string body = R"({"object":"list","data":[)";
  for (const std::string& name : pipeline.offered()) {
    if (body.back() == '}') body += ',';
    body += ModelBody(name);
  }
  return body + "]}";
}

std::string ModelBody(std::string_view name) {
  return R"({"id":)" + openai::ToJsonString(name) +
         R"(,"object":"model","created":0,"owned_by":"routellm"})";
}

std::string ModelOfPath(std::string_view path) {
  return PercentDecoded(path.substr(kModelPath.find('{')));
}

std::string DecisionBody(const Decision& decision, std::string_view id,
                         std::string_view explanation) {
  auto body = fmt::format(R"({{"id":{},"model":{})", id.empty() ? "null" : id,
                          openai::ToJsonString(decision.model->config.name));
  if (decision.route != nullptr) {
    body +=
        fmt::format(R"(,"route":{},"router":{},"threshold":{},"win_rate":{},"scoring_us":{:.2f})",
                    openai::ToJsonString(decision.route->name),
                    openai::ToJsonString(decision.route->router_name), decision.threshold.value(),
                    decision.win_rate ? fmt::format("{}", decision.win_rate->value()) : "null",
                    static_cast<double>(decision.scoring_time.count()) / 1000.0);
    if (decision.unscored != Unscored::kNo) {
      body += fmt::format(R"(,"unscored":"{}")",
                          kUnscoredNames[static_cast<std::size_t>(decision.unscored)]);
    }
  }
  if (!explanation.empty()) body.append(R"(,"explanation":)").append(explanation);
  return body + "}";
}

void AppendDecisionFields(const Decision& decision, std::string& fields) {
  constexpr int kDecimals = 6;
  std::array<char, 32> number;
  fields.append("x-routellm-model: ").append(decision.model->config.name).append("\r\n");
  if (decision.route == nullptr) return;
  fields.append("x-routellm-router: ").append(decision.route->router_name);
  const auto shortest = std::to_chars(number.begin(), number.end(), decision.threshold.value());
  fields.append("\r\nx-routellm-threshold: ").append(number.data(), shortest.ptr).append("\r\n");
  if (decision.unscored != Unscored::kNo) {
    fields.append("x-routellm-unscored: ")
        .append(kUnscoredNames[static_cast<std::size_t>(decision.unscored)])
        .append("\r\n");
  }
  if (!decision.win_rate) return;
  const auto fixed = std::to_chars(number.begin(), number.end(), decision.win_rate->value(),
                                   std::chars_format::fixed, kDecimals);
  fields.append("x-routellm-win-rate: ").append(number.data(), fixed.ptr).append("\r\n");
}

}  // namespace routellm::gateway
