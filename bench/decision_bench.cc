// How long a decision of the built-in kind of router takes: `decision_bench`.
//
// Before anything is timed, the router's answers are held against the formula, computed slowly. The
// column `allocations` counts calls of operator new in one decision of the steady state.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "core/testing/allocations.h"
#include "routing/mf_router.h"
#include "routing/registry.h"
#include "routing/testing/random_checkpoint.h"
#include "routing/testing/reference_win_rate.h"
#include "text/utf8.h"

namespace routellm {
namespace {

using routing::Router;

// Cycled through, so that the branch predictor cannot learn one text by heart.
constexpr std::size_t kTexts = 256;

using Generator = void (*)(std::mt19937_64& random, std::string& text);

// Words of English length and frequency: a few short ones are half of the text, the rest come from
// a large vocabulary.
void AppendProse(std::mt19937_64& random, std::string& text) {
  constexpr std::string_view kFrequent[] = {"the",  "of",   "and",   "to",  "a",    "in",  "is",
                                            "that", "it",   "for",   "was", "on",   "are", "with",
                                            "as",   "what", "which", "be",  "this", "by"};
  constexpr std::string_view kSyllables[] = {"con", "tra", "men", "ti",  "on",  "re", "al",
                                             "ver", "si",  "ble", "pro", "gra", "me", "ter",
                                             "in",  "ca",  "lo",  "duc", "er",  "ly"};
  const auto pick = [&](const auto& from) { return from[random() % std::size(from)]; };
  const std::uint64_t kind = random() % 40;
  if (kind < 18) {
    text += pick(kFrequent);
  } else if (kind == 39) {
    text += std::to_string(random() % 5000);
  } else {
    std::mt19937_64 word(random() % 20'000);
    const std::uint64_t syllables = 1 + word() % 4;
    for (std::uint64_t i = 0; i < syllables; ++i)
      text += kSyllables[word() % std::size(kSyllables)];
  }
  const std::uint64_t mark = random() % 12;
  text += mark == 0 ? ". " : mark == 1 ? ", " : " ";
}

void AppendCode(std::mt19937_64& random, std::string& text) {
  constexpr std::string_view kPieces[] = {
      "def ",  "return ", "(",        ")",      "):\n    ", " = ",      "self.",
      "value", "index",   "[i]",      " + 1",   "if ",      " == ",     "for i in range(",
      "items", "result",  "\n\n",     "\n    ", "# check ", "\"name\"", ", ",
      "{}",    "node_id", " not in ", "len("};
  text += kPieces[random() % std::size(kPieces)];
}

void AppendChinese(std::mt19937_64& random, std::string& text) {
  const std::uint64_t code_point = 0x4E00 + random() % 3000;
  text += static_cast<char>(0xE0 | (code_point >> 12));
  text += static_cast<char>(0x80 | ((code_point >> 6) & 0x3F));
  text += static_cast<char>(0x80 | (code_point & 0x3F));
  if (random() % 12 == 0) text += "，";
}

std::vector<std::string> MakeTexts(Generator append, std::size_t bytes) {
  std::mt19937_64 random(bytes);
  std::vector<std::string> texts(kTexts);
  for (std::string& text : texts) {
    while (text.size() < bytes) append(random, text);
    text.resize(text::TruncateUtf8(text, bytes).size());
  }
  return texts;
}

bool AnswersAreRight() {
  const routing::MfCheckpoint checkpoint = routing::RandomMfCheckpoint(1, true);
  const auto router = routing::MfRouter::Create(checkpoint, "", "");
  for (const Generator append : {AppendProse, AppendCode, AppendChinese}) {
    for (const std::string& text : MakeTexts(append, 1000)) {
      const double expected = routing::ReferenceWinRate(checkpoint, 0, 1, text);
      if (std::abs((*router)->Score({text}, {})->value() - expected) > 1e-6) return false;
    }
  }
  return true;
}

void Decide(benchmark::State& state, const Router* router, Generator append) {
  const std::vector<std::string> texts =
      MakeTexts(append, static_cast<std::size_t>(state.range(0)));
  for (const std::string& text : texts) benchmark::DoNotOptimize(router->Score({text}, {}));
  const std::size_t before = AllocationsOfThisThread();
  for (const std::string& text : texts) benchmark::DoNotOptimize(router->Score({text}, {}));
  const auto steady =
      static_cast<double>(AllocationsOfThisThread() - before) / static_cast<double>(texts.size());
  std::size_t next = 0;
  for (auto _ : state) benchmark::DoNotOptimize(router->Score({texts[next++ % kTexts]}, {}));
  state.counters["allocations"] = steady;
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void Register(const std::string& name, const Router* router) {
  const struct {
    const char* name;
    Generator append;
  } kinds[] = {{"prose", AppendProse}, {"code", AppendCode}, {"chinese", AppendChinese}};
  for (const auto& [kind, append] : kinds) {
    benchmark::RegisterBenchmark((name + "/" + kind).c_str(), Decide, router, append)
        ->Arg(1000)
        ->Arg(32768)
        ->Unit(benchmark::kMicrosecond);
  }
}

}  // namespace
}  // namespace routellm

int main(int argc, char** argv) {
  using namespace routellm;
  if (!AnswersAreRight()) {
    std::fputs("decision_bench: the router and the formula disagree\n", stderr);
    return 1;
  }
  const auto builtin = routing::MakeRouter("mf", {});
  if (!builtin) {
    std::fprintf(stderr, "decision_bench: %s\n", builtin.error().ToString().c_str());
    return 1;
  }
  // With a part from own labels, which looks at hashed words and n-grams besides.
  const auto own = routing::MfRouter::Create(routing::RandomMfCheckpoint(2, true), "", "");
  Register("builtin", builtin->get());
  Register("own_labels", own->get());
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
