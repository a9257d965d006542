// Any bytes as the answer of a server or program that routers ask: what is accepted is what a
// router can decide by. The first byte tells which answer is expected.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "evidence/command_lines.h"
#include "evidence/embeddings_api.h"
#include "evidence/scores_api.h"

namespace {

using namespace routellm;

void Require(bool condition) {
  if (!condition) std::abort();
}

void CheckScores(std::string_view answer, config::ScoreLabels labels) {
  const auto scores = evidence::ReadScores(answer, labels);
  if (!scores) return;
  const auto& logs = scores->log_probabilities;
  Require(std::none_of(logs.begin(), logs.end(), [](double log) { return std::isnan(log); }));
}

void CheckEmbeddings(std::string_view answer, std::size_t texts) {
  const auto rows = evidence::ReadEmbeddings(answer, texts, 0);
  if (!rows) return;
  Require(rows->rows == texts && rows->values.size() == texts * rows->columns);
  for (const float value : rows->values) Require(std::isfinite(value));
}

void CheckLine(std::string_view line) {
  const auto answer = evidence::ReadAnswerLine(line);
  if (!answer || !answer->win_rate) return;
  Require(answer->win_rate->value() >= 0.0 && answer->win_rate->value() <= 1.0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view answer(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 't':
      CheckScores(answer, config::ScoreLabels::kTokens);
      break;
    case 'd':
      CheckScores(answer, config::ScoreLabels::kDigits);
      break;
    case 'l':
      CheckLine(answer);
      break;
    case '1':
      CheckEmbeddings(answer, 1);
      break;
    case '2':
      CheckEmbeddings(answer, 2);
      break;
    default:
      break;
  }
  return 0;
}
