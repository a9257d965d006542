#include "text/hashed_features.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "text/dense_facts.h"
#include "text/utf8.h"

namespace routellm::text {
namespace {

constexpr std::uint64_t kBase = 0x9E3779B97F4A7C15;   // K of the polynomial, odd
constexpr std::uint64_t kMixer = 0xD6E8FEB86659FD93;  // M of the final mix, odd
constexpr std::uint64_t kBoundary = 1;  // the boundary mark, no letter of any alphabet
constexpr std::uint64_t kStart = 0x2545F4914F6CDD1D;  // the hash of the token before the first
constexpr std::uint64_t kNumberHash = 0xA0761D6478BD642F;
constexpr std::uint64_t kPunctuationHash = 0xE7037ED1A0B428DB;

// Constants of the feature families.
constexpr std::uint64_t kTokenFamily = 0x8EBC6AF09C88C6E3;
constexpr std::uint64_t kBigramFamily = 0x589965CC75374CC3;
constexpr std::uint64_t kNgramFamily = 0x1D8E4E27C47D124F;  // times the length

constexpr std::size_t kMaxWord = 32;
constexpr std::size_t kMaxPunctuation = 4;
constexpr std::size_t kMaxNumber = 8;

enum class Kind : std::uint8_t { kSeparator, kLetter, kDigit, kPunctuation, kLone };

constexpr Kind AsciiKind(unsigned char c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return Kind::kLetter;
  if (c >= '0' && c <= '9') return Kind::kDigit;
  return c > ' ' && c < 0x7F ? Kind::kPunctuation : Kind::kSeparator;
}

constexpr auto kAsciiKinds = [] {
  std::array<Kind, 128> kinds{};
  for (unsigned char c = 0; c < 128; ++c) kinds[c] = AsciiKind(c);
  return kinds;
}();

// The lower-case letter for an ASCII letter, else 0.
constexpr auto kAsciiLetters = [] {
  std::array<std::uint8_t, 256> letters{};
  for (unsigned char c = 'a'; c <= 'z'; ++c) letters[c] = letters[c - 32] = c;
  return letters;
}();

constexpr auto kBasePowers = [] {
  std::array<std::uint64_t, HashedFeatureSpec::kMaxNgram + 1> powers{1};
  for (std::size_t n = 1; n < powers.size(); ++n) powers[n] = powers[n - 1] * kBase;
  return powers;
}();

constexpr bool IsIdeograph(char32_t c) {
  return (c >= 0x3040 && c < 0x3100) || (c >= 0x3400 && c < 0x4DC0) ||
         (c >= 0x4E00 && c < 0xA000) || (c >= 0xAC00 && c < 0xD7B0) ||
         (c >= 0xF900 && c < 0xFB00) || (c >= 0x20000 && c < 0x40000);
}

// Of a code point outside ASCII.
Kind WideKind(char32_t c) {
  if (IsIdeograph(c)) return Kind::kLone;
  if (c < 0xC0) return c == 0xAA || c == 0xB5 || c == 0xBA ? Kind::kLetter : Kind::kSeparator;
  if (c < 0x2000) return c == 0xD7 || c == 0xF7 ? Kind::kLone : Kind::kLetter;
  if (c < 0x2070) return Kind::kSeparator;  // spaces, dashes, quotation marks
  if (c < 0x2C00) return Kind::kLone;       // arrows, mathematics, boxes
  if (c >= 0x3000 && c < 0x3040) return Kind::kSeparator;
  if (c >= 0xFF00 && c < 0xFF21) return c >= 0xFF10 && c < 0xFF1A ? Kind::kDigit : Kind::kSeparator;
  if (c >= 0x1F000 && c < 0x20000) return Kind::kLone;
  return c == kReplacement || c == 0xFEFF ? Kind::kSeparator : Kind::kLetter;
}

constexpr std::uint64_t WordHash(std::string_view lower_ascii) {
  std::uint64_t hash = kBoundary;
  for (const char c : lower_ascii) hash = hash * kBase + static_cast<unsigned char>(c);
  return hash;
}

constexpr std::array kImperatives{
    WordHash("act"),       WordHash("add"),       WordHash("analyze"),   WordHash("answer"),
    WordHash("build"),     WordHash("calculate"), WordHash("change"),    WordHash("compare"),
    WordHash("compose"),   WordHash("compute"),   WordHash("convert"),   WordHash("create"),
    WordHash("define"),    WordHash("describe"),  WordHash("design"),    WordHash("develop"),
    WordHash("discuss"),   WordHash("draft"),     WordHash("edit"),      WordHash("evaluate"),
    WordHash("explain"),   WordHash("extract"),   WordHash("find"),      WordHash("fix"),
    WordHash("generate"),  WordHash("give"),      WordHash("help"),      WordHash("identify"),
    WordHash("imagine"),   WordHash("implement"), WordHash("improve"),   WordHash("let"),
    WordHash("list"),      WordHash("make"),      WordHash("name"),      WordHash("outline"),
    WordHash("please"),    WordHash("propose"),   WordHash("prove"),     WordHash("provide"),
    WordHash("rate"),      WordHash("rewrite"),   WordHash("show"),      WordHash("simplify"),
    WordHash("solve"),     WordHash("suggest"),   WordHash("summarize"), WordHash("tell"),
    WordHash("translate"), WordHash("write"),
};

const auto kFrequencyWeights = [] {
  std::array<float, 256> weights{};
  for (std::size_t tf = 1; tf < weights.size(); ++tf) {
    weights[tf] = static_cast<float>(1.0 + std::log(static_cast<double>(tf)));
  }
  return weights;
}();

float FrequencyWeight(std::uint32_t frequency) {
  if (frequency < kFrequencyWeights.size()) return kFrequencyWeights[frequency];
  return static_cast<float>(1.0 + std::log(static_cast<double>(frequency)));
}

// The distinct buckets of one text with their frequencies. The table holds for each bucket its
// place in `buckets_`, stamped with the number of the text, so that nothing is cleared between
// texts and counting takes no branch.
class Counter {
 public:
  void Begin(int bucket_bits) {
    if (bucket_bits != bucket_bits_ ||
        generation_ == (std::uint32_t{1} << (32 - bucket_bits)) - 1) {
      table_.assign(std::size_t{1} << bucket_bits, 0);
      bucket_bits_ = bucket_bits;
      generation_ = 0;
    }
    ++generation_;
    size_ = 0;
  }

  void Add(const std::uint32_t* buckets, std::size_t count) {
    if (buckets_.size() < size_ + count) {
      buckets_.resize(size_ + count);
      frequencies_.resize(size_ + count);
    }
    const std::uint32_t stamp = generation_ << bucket_bits_;
    const std::uint32_t place_mask = (std::uint32_t{1} << bucket_bits_) - 1;
    std::uint32_t size = size_;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t bucket = buckets[i];
      const std::uint32_t entry = table_[bucket];
      const bool seen = (entry & ~place_mask) == stamp;
      const std::uint32_t place = seen ? entry & place_mask : size;
      table_[bucket] = stamp | place;
      buckets_[place] = bucket;
      frequencies_[place] = (seen ? frequencies_[place] : 0) + 1;
      size += seen ? 0 : 1;
    }
    size_ = size;
  }

  void Finish(FeatureBag& bag) const {
    bag.buckets.assign(buckets_.begin(), buckets_.begin() + size_);
    bag.weights.resize(size_);
    float squares = 0.0f;
    for (std::size_t i = 0; i < size_; ++i) {
      const float weight = FrequencyWeight(frequencies_[i]);
      bag.weights[i] = weight;
      squares += weight * weight;
    }
    const float scale = size_ == 0 ? 0.0f : 1.0f / std::sqrt(squares);
    for (float& weight : bag.weights) weight *= scale;
  }

 private:
  int bucket_bits_ = 0;
  std::uint32_t generation_ = 0;
  std::uint32_t size_ = 0;
  std::vector<std::uint32_t> table_;
  std::vector<std::uint32_t> buckets_;
  std::vector<std::uint32_t> frequencies_;
};

// Reads the text once. Hash prefixes of the words gather in a block; all n-grams of a block are
// then taken in loops without unpredictable branches.
class Tokenizer {
 public:
  void Run(std::string_view text, const HashedFeatureSpec& spec, Counter& counter) {
    spec_ = spec;
    counter_ = &counter;
    tokens_ = {};
    previous_ = kStart;
    block_ = pending_ = 0;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at != end) {
      if (block_ + kMaxWord + 3 > kBlock || pending_ + 2 > kBlock) Flush();
      at = ReadToken(at, end);
    }
    Flush();
  }

  [[nodiscard]] const TokenCounts& tokens() const { return tokens_; }

 private:
  static constexpr std::size_t kBlock = 512;

  static DecodedChar DecodeWide(const char* at, const char* end) {
    DecodedChar decoded =
        DecodeUtf8({at, static_cast<std::size_t>(std::min<std::ptrdiff_t>(end - at, 4))});
    decoded.code_point = ToLower(decoded.code_point);
    return decoded;
  }

  const char* ReadToken(const char* at, const char* end) {
    const auto byte = static_cast<unsigned char>(*at);
    if (byte >= 0x80) return ReadWide(at, end);
    switch (kAsciiKinds[byte]) {
      case Kind::kLetter:
        return ReadWord(at, end);
      case Kind::kDigit:
        return ReadNumber(at, end);
      case Kind::kPunctuation:
        return ReadPunctuation(at, end);
      default:
        return at + 1;
    }
  }

  const char* ReadWide(const char* at, const char* end) {
    const auto [code_point, bytes] = DecodeWide(at, end);
    switch (WideKind(code_point)) {
      case Kind::kLetter:
        return ReadWord(at, end);
      case Kind::kDigit:
        AddToken(kNumberHash + 1);
        break;
      case Kind::kLone:
        AddToken(kBoundary * kBase + code_point);
        if (IsIdeograph(code_point)) ++tokens_.ideographs;
        break;
      default:
        break;
    }
    return at + bytes;
  }

  const char* ReadWord(const char* at, const char* end) {
    std::size_t length = 0;
    std::uint64_t hash = kBoundary;
    PushPrefix(0, 0);
    PushPrefix(hash, 1);
    while (at != end && length < kMaxWord) {
      std::uint64_t letter = kAsciiLetters[static_cast<unsigned char>(*at)];
      std::uint32_t bytes = 1;
      if (letter == 0) {
        if (static_cast<unsigned char>(*at) < 0x80) break;
        const DecodedChar decoded = DecodeWide(at, end);
        if (WideKind(decoded.code_point) != Kind::kLetter) break;
        letter = decoded.code_point;
        bytes = decoded.bytes;
      }
      hash = hash * kBase + letter;
      at += bytes;
      ++length;
      PushPrefix(hash, length + 1);
    }
    PushPrefix(hash * kBase + kBoundary, length + 2);
    if (previous_ == kStart) {
      tokens_.begins_with_imperative =
          std::find(kImperatives.begin(), kImperatives.end(), hash) != kImperatives.end();
    }
    ++tokens_.words;
    tokens_.letters += length;
    AddToken(hash);
    return at;
  }

  const char* ReadNumber(const char* at, const char* end) {
    const char* const begin = at;
    while (at != end && *at >= '0' && *at <= '9') ++at;
    AddToken(kNumberHash + std::min(static_cast<std::size_t>(at - begin), kMaxNumber));
    return at;
  }

  const char* ReadPunctuation(const char* at, const char* end) {
    std::uint64_t hash = kPunctuationHash;
    for (std::size_t length = 0; at != end && length < kMaxPunctuation; ++at, ++length) {
      const auto byte = static_cast<unsigned char>(*at);
      if (byte >= 0x80 || kAsciiKinds[byte] != Kind::kPunctuation) break;
      hash = hash * kBase + byte;
    }
    AddFeature(hash + kTokenFamily);
    return at;
  }

  void PushPrefix(std::uint64_t hash, std::size_t characters) {
    prefix_[block_] = hash;
    reach_[block_] = static_cast<std::uint8_t>(characters);
    ++block_;
  }

  void AddToken(std::uint64_t hash) {
    AddFeature(hash + kTokenFamily);
    if (spec_.word_bigrams)
      AddFeature((previous_ ^ (previous_ >> 29)) * kBase + hash + kBigramFamily);
    previous_ = hash;
  }

  void AddFeature(std::uint64_t hash) { features_[pending_++] = Bucket(hash); }

  [[nodiscard]] std::uint32_t Bucket(std::uint64_t hash) const {
    return static_cast<std::uint32_t>(((hash ^ (hash >> 32)) * kMixer) >> (64 - spec_.bucket_bits));
  }

  void Flush() {
    counter_->Add(features_.data(), pending_);
    for (int n = spec_.min_ngram; n <= spec_.max_ngram; ++n) AddNgrams(static_cast<std::size_t>(n));
    block_ = pending_ = 0;
  }

  // The n-gram that ends at a place of the block is the difference of two prefixes; it counts if it
  // lies within the word.
  void AddNgrams(std::size_t n) {
    const std::uint64_t family = kNgramFamily * n;
    const std::uint64_t power = kBasePowers[n];
    std::size_t count = 0;
    for (std::size_t i = n; i < block_; ++i) {
      features_[count] = Bucket(prefix_[i] - prefix_[i - n] * power + family);
      count += reach_[i] >= n ? 1 : 0;
    }
    counter_->Add(features_.data(), count);
  }

  HashedFeatureSpec spec_;
  Counter* counter_ = nullptr;
  TokenCounts tokens_;
  std::uint64_t previous_ = kStart;
  std::size_t block_ = 0;    // used part of prefix_ and reach_
  std::size_t pending_ = 0;  // used part of features_
  std::array<std::uint64_t, kBlock> prefix_;
  std::array<std::uint8_t, kBlock>
      reach_;  // characters, marks included, from the word's begin to this place
  std::array<std::uint32_t, kBlock> features_;
};

}  // namespace

Result<HashedFeatures> HashedFeatures::Create(const HashedFeatureSpec& spec) {
  if (spec.revision != HashedFeatureSpec::kRevision) {
    return Fail(ErrorCode::kInvalidData, "the checkpoint was trained on revision " +
                                             std::to_string(spec.revision) +
                                             " of the hashed features; this program has revision " +
                                             std::to_string(HashedFeatureSpec::kRevision));
  }
  if (spec.bucket_bits < HashedFeatureSpec::kMinBucketBits ||
      spec.bucket_bits > HashedFeatureSpec::kMaxBucketBits) {
    return Fail(ErrorCode::kInvalidData, "bucket_bits must lie in [10, 20]");
  }
  const bool no_ngrams = spec.max_ngram == 0;
  if (!no_ngrams && (spec.min_ngram < 1 || spec.max_ngram < spec.min_ngram ||
                     spec.max_ngram > HashedFeatureSpec::kMaxNgram)) {
    return Fail(ErrorCode::kInvalidData, "the n-gram range must lie in [1, 6], or max_ngram be 0");
  }
  return HashedFeatures(spec);
}

void HashedFeatures::Extract(std::string_view text, FeatureBag& bag) const {
  thread_local Counter counter;
  thread_local Tokenizer tokenizer;
  counter.Begin(spec_.bucket_bits);
  tokenizer.Run(text, spec_, counter);
  counter.Finish(bag);
  MeasureDenseFacts(text, tokenizer.tokens(), bag.dense);
}

}  // namespace routellm::text
