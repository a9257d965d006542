#include "gateway/explanation_json.h"

#include <fmt/format.h>

#include "openai/json_text.h"

namespace routellm::gateway {

std::string ExplanationJson(const routing::Explanation& explanation, std::size_t limit) {
  std::string json = R"({"basis":)" + openai::ToJsonString(explanation.basis) +
                     R"(,"compared_with":)" + openai::ToJsonString(explanation.compared_with) +
                     R"(,"reasons":[)";
  for (const routing::Reason& reason : explanation.reasons) {
    if (limit-- == 0) break;
    if (json.back() == '}') json += ',';
    json += fmt::format(R"({{"what":{},"effect":{:.4f}}})", openai::ToJsonString(reason.what),
                        reason.effect);
  }
  return json + "]}";
}

}  // namespace routellm::gateway
