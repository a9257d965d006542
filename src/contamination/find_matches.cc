#include "contamination/find_matches.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <numeric>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "contamination/cosine.h"
#include "contamination/shingles.h"
#include "contamination/stem.h"
#include "core/parallel.h"
#include "text/normalize.h"

namespace routellm::contamination {
namespace {

constexpr std::size_t kBlock = 64;  // prompts that a thread takes at a time

// The words of a prompt and of its stem; the latter empty if there are no options.
struct Forms {
  std::string whole;
  std::string stem;
};

Forms MakeForms(std::string_view prompt) {
  const std::string_view stem = Stem(prompt);
  return {text::NormalizeWords(prompt),
          stem.size() == prompt.size() ? std::string() : text::NormalizeWords(stem)};
}

// Calls `work` with the bounds of each block of `count` items, on all cores, and reports.
void ForEachBlock(std::string_view step, std::size_t count, const Progress& progress,
                  const std::function<void(std::size_t begin, std::size_t end)>& work) {
  std::mutex mutex;
  std::size_t done = 0;  // protected by mutex
  ParallelFor((count + kBlock - 1) / kBlock, [&](std::size_t block) {
    const std::size_t begin = block * kBlock;
    const std::size_t end = std::min(count, begin + kBlock);
    work(begin, end);
    const std::lock_guard lock(mutex);
    progress(step, done += end - begin, count);
  });
}

// The evaluation prompts, prepared for look-ups. Immutable and thread-safe.
class EvaluationIndex {
 public:
  EvaluationIndex(std::span<const std::string_view> prompts, const MatchOptions& options)
      : options_(options), forms_(prompts.size()) {
    ParallelFor(prompts.size(), [&](std::size_t i) { forms_[i] = MakeForms(prompts[i]); });
    DropSharedStems();
    for (std::uint32_t i = 0; i < forms_.size(); ++i) {
      AddVariant(i, forms_[i].whole);
      AddVariant(i, forms_[i].stem);
    }
    std::vector<Shingles> sets(variants_.size());
    ParallelFor(sets.size(), [&](std::size_t i) {
      sets[i] = MakeShingles(*variants_[i].words, options_.run_words);
    });
    shingles_ = ShingleIndex(sets);
  }

  // The evaluation prompts that match a training prompt by its words, in rising order.
  [[nodiscard]] std::vector<std::uint32_t> Find(const Forms& train) const {
    std::vector<std::uint32_t> found;
    for (const std::string* words : {&train.whole, &train.stem}) {
      if (words->empty()) continue;
      if (const auto equal = by_words_.find(*words); equal != by_words_.end()) {
        found.insert(found.end(), equal->second.begin(), equal->second.end());
      }
      const Shingles shingles = MakeShingles(*words, options_.run_words);
      for (const std::uint32_t variant : shingles_.Find(shingles, options_.overlap)) {
        found.push_back(variants_[variant].prompt);
      }
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
  }

  // What is known of a pair but for its cosine.
  [[nodiscard]] Match Compare(const Forms& train, std::uint32_t eval_index) const {
    const Forms& eval = forms_[eval_index];
    Match match;
    match.eval = eval_index;
    match.kind = MatchKind::kCosine;
    for (const std::string* one : {&train.whole, &train.stem}) {
      for (const std::string* other : {&eval.whole, &eval.stem}) {
        match.overlap = std::max(match.overlap, Overlap(MakeShingles(*one, options_.run_words),
                                                        MakeShingles(*other, options_.run_words)));
        if (!one->empty() && *one == *other) match.kind = MatchKind::kStem;
      }
    }
    if (!train.whole.empty() && train.whole == eval.whole) match.kind = MatchKind::kExact;
    if (match.kind == MatchKind::kCosine && match.overlap >= options_.overlap - kRounding) {
      match.kind = MatchKind::kOverlap;
    }
    return match;
  }

 private:
  struct Variant {
    std::uint32_t prompt;
    const std::string* words;
  };

  void DropSharedStems() {
    std::unordered_map<std::string_view, std::string_view> prompt_of_stem;
    std::unordered_set<std::string> shared;
    for (const Forms& forms : forms_) {
      if (forms.stem.empty()) continue;
      const auto [first, added] = prompt_of_stem.try_emplace(forms.stem, forms.whole);
      if (!added && first->second != forms.whole) shared.insert(forms.stem);
    }
    for (Forms& forms : forms_) {
      if (shared.contains(forms.stem)) forms.stem.clear();
    }
  }

  void AddVariant(std::uint32_t prompt, const std::string& words) {
    if (words.empty()) return;
    variants_.push_back({prompt, &words});
    by_words_[words].push_back(prompt);
  }

  static constexpr double kRounding = 1e-9;

  const MatchOptions options_;
  std::vector<Forms> forms_;
  std::vector<Variant> variants_;  // whole prompts and stems
  std::unordered_map<std::string_view, std::vector<std::uint32_t>> by_words_;
  ShingleIndex shingles_{{}};
};

// Candidates: which pairs to look at, as (train, eval).
using Pair = std::pair<std::uint32_t, std::uint32_t>;

std::vector<Pair> FindByWords(std::span<const std::string_view> train, const EvaluationIndex& index,
                              const Progress& progress) {
  std::vector<std::vector<Pair>> found(train.size() / kBlock + 1);
  ForEachBlock("words", train.size(), progress, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      for (const std::uint32_t eval : index.Find(MakeForms(train[i]))) {
        found[begin / kBlock].emplace_back(static_cast<std::uint32_t>(i), eval);
      }
    }
  });
  std::vector<Pair> pairs;
  for (const auto& block : found) pairs.insert(pairs.end(), block.begin(), block.end());
  return pairs;
}

double Cosine(std::span<const float> one, std::span<const float> other) {
  const double dot = std::inner_product(one.begin(), one.end(), other.begin(), 0.0);
  return std::clamp(dot, -1.0, 1.0);
}

bool SurerThan(const Match& a, const Match& b) {
  const double a_score = a.kind == MatchKind::kCosine ? a.cosine.value_or(0) : a.overlap;
  const double b_score = b.kind == MatchKind::kCosine ? b.cosine.value_or(0) : b.overlap;
  return std::tuple(a.kind, -a_score, a.eval, a.train) <
         std::tuple(b.kind, -b_score, b.eval, b.train);
}

}  // namespace

std::string_view MatchKindName(MatchKind kind) {
  constexpr std::array<std::string_view, kMatchKinds> kNames = {"exact", "stem", "overlap",
                                                                "cosine"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::vector<Match> FindMatches(std::span<const std::string_view> train,
                               std::span<const std::string_view> eval, const Vectors* vectors,
                               const MatchOptions& options, const Progress& progress) {
  const EvaluationIndex index(eval, options);
  std::vector<Pair> pairs = FindByWords(train, index, progress);
  if (vectors != nullptr) {
    const auto report = [&](std::size_t done) { progress("cosine", done, train.size()); };
    for (const CosinePair& pair :
         FindCosinePairs(vectors->train, vectors->eval, options.cosine, report)) {
      pairs.emplace_back(pair.one, pair.other);
    }
  }
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  std::vector<Match> matches(pairs.size());
  ParallelFor(pairs.size(), [&](std::size_t i) {
    const auto [train_index, eval_index] = pairs[i];
    Match match = index.Compare(MakeForms(train[train_index]), eval_index);
    match.train = train_index;
    if (vectors != nullptr) {
      match.cosine = Cosine(vectors->train.Row(train_index), vectors->eval.Row(eval_index));
    }
    matches[i] = match;
  });
  std::sort(matches.begin(), matches.end(), SurerThan);
  return matches;
}

}  // namespace routellm::contamination
