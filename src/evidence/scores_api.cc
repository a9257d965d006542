#include "evidence/scores_api.h"

#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "evidence/scoring_prompt.h"
#include "openai/json_text.h"

namespace routellm::evidence {
namespace {

namespace dom = simdjson::dom;
using config::ScoreLabels;
using config::ScoringApi;
using openai::ToJsonString;

constexpr double kNever = -std::numeric_limits<double>::infinity();

tl::unexpected<Error> NoScores(std::string problem) {
  return Fail(ErrorCode::kInvalidData, "the answer tells no scores", std::move(problem));
}

std::string Message(std::string_view role, std::string_view content) {
  return R"({"role":")" + std::string(role) + R"(","content":)" + ToJsonString(content) + "}";
}

std::string_view WithoutSpace(std::string_view token) {
  constexpr std::string_view kSpaces[] = {" ", "\n", "\t", "\xE2\x96\x81", "\xC4\xA0"};
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view space : kSpaces) {
      if (!token.starts_with(space)) continue;
      token.remove_prefix(space.size());
      again = true;
    }
  }
  return token;
}

// The tokens of one place, with their log-probabilities.
class Candidates {
 public:
  explicit Candidates(ScoreLabels labels) : labels_(labels) { sums_.fill(kNever); }

  void Add(std::string_view token, double log_probability) {
    hidden_ = hidden_ || token.empty();
    const auto score = ScoreOf(token, labels_);
    if (!score) return;
    double& sum = sums_[static_cast<std::size_t>(*score - 1)];
    const double larger = std::max(sum, log_probability);
    if (larger == kNever) return;
    sum = larger + std::log(std::exp(sum - larger) + std::exp(log_probability - larger));
  }

  [[nodiscard]] Result<routing::ScoreDistribution> Distribution() const {
    const bool none = std::all_of(sums_.begin(), sums_.end(), [](double s) { return s == kNever; });
    if (none && hidden_ && labels_ == ScoreLabels::kTokens) {
      return NoScores(
          "its tokens have no text: the server hides special tokens (llama.cpp shows "
          "them with --special)");
    }
    return routing::ScoreDistribution{sums_};
  }

 private:
  const ScoreLabels labels_;
  std::array<double, 5> sums_{};
  bool hidden_ = false;
};

// Nothing for what is no finite number.
std::optional<double> Number(simdjson::simdjson_result<double> parsed) {
  double number = 0;
  if (std::move(parsed).get(number) || !std::isfinite(number)) return std::nullopt;
  return number;
}

Result<routing::ScoreDistribution> ReadContent(dom::element entry, ScoreLabels labels) {
  Candidates candidates(labels);
  dom::array top;
  if (entry["top_logprobs"].get(top)) return NoScores("there are no `top_logprobs`");
  std::string_view sampled;
  const auto sampled_log = Number(entry["logprob"].get_double());
  bool listed = entry["token"].get(sampled) != simdjson::SUCCESS || !sampled_log;
  for (const dom::element one : top) {
    std::string_view token;
    const auto log_probability = Number(one["logprob"].get_double());
    if (one["token"].get(token)) return NoScores("a token has no text");
    listed = listed || token == sampled;
    if (log_probability) candidates.Add(token, *log_probability);
  }
  if (!listed) candidates.Add(sampled, *sampled_log);
  return candidates.Distribution();
}

Result<routing::ScoreDistribution> ReadLists(dom::object logprobs, ScoreLabels labels) {
  Candidates candidates(labels);
  dom::array places;
  if (logprobs["top_logprobs"].get(places)) return NoScores("there are no `top_logprobs`");
  std::string_view sampled;
  const auto sampled_log = Number(logprobs["token_logprobs"].at(0).get_double());
  bool listed = logprobs["tokens"].at(0).get(sampled) != simdjson::SUCCESS || !sampled_log;
  dom::object top;
  if (!places.at(0).get(top)) {
    for (const auto [token, element] : top) {
      listed = listed || token == sampled;
      if (const auto log_probability = Number(element.get_double()))
        candidates.Add(token, *log_probability);
    }
  }
  if (!listed) candidates.Add(sampled, *sampled_log);
  return candidates.Distribution();
}

}  // namespace

std::string ScoresBody(const config::ScoringModelConfig& config, std::string_view system,
                       std::string_view user) {
  const bool prefilled = config.labels == ScoreLabels::kDigits && config.prefill;
  const std::string_view prefix = prefilled ? kAnswerPrefix : std::string_view();
  const std::string top = std::to_string(config.top_logprobs);
  std::string body = R"({"model":)" + ToJsonString(config.endpoint.upstream_model);
  if (config.api == ScoringApi::kCompletions) {
    body += R"(,"prompt":)" + ToJsonString(Llama3Text(system, user, prefix)) + R"(,"logprobs":)";
    body += top;
  } else {
    body += R"(,"messages":[)" + Message("system", system) + "," + Message("user", user);
    if (prefilled) {
      body += "," + Message("assistant", prefix) +
              R"(],"continue_final_message":true,"add_generation_prompt":false)";
    } else {
      body += "]";
    }
    body += R"(,"logprobs":true,"top_logprobs":)" + top;
  }
  return body + R"(,"max_tokens":1,"temperature":0})";
}

std::optional<int> ScoreOf(std::string_view token, ScoreLabels labels) {
  token = WithoutSpace(token);
  if (labels == ScoreLabels::kTokens) {
    if (!token.starts_with("[[")) return std::nullopt;
    token.remove_prefix(2);
  }
  if (token.empty() || token[0] < '1' || token[0] > '5') return std::nullopt;
  const int score = token[0] - '0';
  token.remove_prefix(1);
  if (labels == ScoreLabels::kTokens) {
    if (!token.starts_with("]]") || !WithoutSpace(token.substr(2)).empty()) return std::nullopt;
  } else if (!token.empty() && token[0] >= '0' && token[0] <= '9') {
    return std::nullopt;
  }
  return score;
}

Result<routing::ScoreDistribution> ReadScores(std::string_view answer, ScoreLabels labels) {
  dom::parser parser;
  dom::element root;
  dom::object logprobs;
  if (parser.parse(answer).get(root)) return NoScores("not JSON");
  if (root["choices"].at(0)["logprobs"].get(logprobs)) {
    return NoScores("it has no `logprobs`, which the server must support");
  }
  dom::array content;
  if (logprobs["content"].get(content)) return ReadLists(logprobs, labels);
  dom::element first;
  // A model that ends its answer at once says no score.
  if (content.at(0).get(first)) return Candidates(labels).Distribution();
  return ReadContent(first, labels);
}

}  // namespace routellm::evidence
