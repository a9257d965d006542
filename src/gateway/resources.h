// What the gateway serves itself, apart from chat completions.
#pragma once

#include <string>
#include <string_view>

#include "gateway/pipeline.h"
#include "net/http_parser.h"

namespace routellm::gateway {

struct Resource {
  enum class Kind { kChat, kRoute, kModels, kModel, kHealth, kMetrics };
  std::string_view path;  // what stands in braces at its end is any text
  net::http::verb method;
  Kind kind;
};

// "POST /v1/chat/completions, ...", for people.
[[nodiscard]] std::string ResourceNames();

// nullptr if nothing lies at `path`.
[[nodiscard]] const Resource* FindResource(std::string_view path);

// The bodies of GET /v1/models and of GET /v1/models/{model}, in OpenAI's form.
[[nodiscard]] std::string ModelsBody(const Pipeline& pipeline);
[[nodiscard]] std::string ModelBody(std::string_view name);

// The model of the path of a kModel, its percent escapes decoded.
[[nodiscard]] std::string ModelOfPath(std::string_view path);

// The body of POST /v1/route. `id`: a JSON scalar to repeat, or empty. `explanation`: a JSON object
// to add, or empty.
[[nodiscard]] std::string DecisionBody(const Decision& decision, std::string_view id,
                                       std::string_view explanation = {});

// The response fields that tell of a decision: "x-routellm-...: ...\r\n" each.
void AppendDecisionFields(const Decision& decision, std::string& fields);

}  // namespace routellm::gateway
