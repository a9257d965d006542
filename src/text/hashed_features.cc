#include "text/hashed_features.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>

#include "text/bucket_counter.h"
#include "text/character_kind.h"
#include "text/utf8.h"

namespace routellm::text {
namespace {

// Hashes are polynomials modulo 2^32: narrow enough for compilers to take n-grams several at a
// time.
constexpr std::uint32_t kBase = 0x9E3779B1;           // K, odd
constexpr std::uint64_t kMixer = 0xD6E8FEB86659FD93;  // M of the final mix, odd
constexpr std::uint32_t kBoundary = 1;        // the boundary mark, no letter of any alphabet
constexpr std::uint32_t kStart = 0x2545F491;  // the hash of the token before the first
constexpr std::uint32_t kNumberHash = 0xA0761D64;
constexpr std::uint32_t kPunctuationHash = 0xE7037ED1;

// Constants of the feature families.
constexpr std::uint32_t kTokenFamily = 0x8EBC6AF0;
constexpr std::uint32_t kBigramFamily = 0x589965CC;
constexpr std::uint32_t kNgramFamily = 0x1D8E4E27;  // times the length

constexpr std::size_t kMaxWord = 32;
constexpr std::ptrdiff_t kMaxNumber = 8;

using Kind = CharacterKind;

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
  std::array<std::uint32_t, HashedFeatureSpec::kMaxNgram + 1> powers{1};
  for (std::size_t n = 1; n < powers.size(); ++n) powers[n] = powers[n - 1] * kBase;
  return powers;
}();

// Reads a text once and hands its features to a counter.
class Tokenizer {
 public:
  void Run(std::string_view text, const HashedFeatureSpec& spec, BucketCounter& counter) {
    spec_ = spec;
    shift_ = 64 - spec.bucket_bits;
    previous_ = kStart;
    pending_ = 0;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at != end) {
      at = ReadToken(at, end);
      if (pending_ < kFlushAt && at != end) continue;
      counter.Add({features_.data(), pending_});
      pending_ = 0;
    }
  }

 private:
  static constexpr std::size_t kMaxPerToken = 2 + HashedFeatureSpec::kMaxNgram * (kMaxWord + 2);
  static constexpr std::size_t kFlushAt = 1024;

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
        AddToken(kPunctuationHash * kBase + byte);
        return at + 1;
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
        break;
      default:
        break;
    }
    return at + bytes;
  }

  const char* ReadWord(const char* at, const char* end) {
    std::uint32_t hash = kBoundary;
    std::size_t length = 0;
    while (at != end && length < kMaxWord) {
      const auto byte = static_cast<unsigned char>(*at);
      if (const std::uint32_t letter = kAsciiLetters[byte]; letter != 0) {
        hash = hash * kBase + letter;
        ++at;
      } else if (byte >= 0x80) {
        const DecodedChar decoded = DecodeWide(at, end);
        if (WideKind(decoded.code_point) != Kind::kLetter) break;
        hash = hash * kBase + decoded.code_point;
        at += decoded.bytes;
      } else {
        break;
      }
      ++length;
      prefix_[length + 1] = hash;
    }
    prefix_[length + 2] = hash * kBase + kBoundary;
    AddToken(hash);
    for (int n = spec_.min_ngram; n <= spec_.max_ngram; ++n)
      AddNgrams(static_cast<std::size_t>(n), length + 2);
    return at;
  }

  // Of the word of so many characters, boundary marks included, in prefix_. An n-gram is the
  // difference of two prefixes.
  void AddNgrams(std::size_t n, std::size_t characters) {
    const std::uint32_t family = kNgramFamily * static_cast<std::uint32_t>(n);
    const std::uint32_t power = kBasePowers[n];
    const int shift = shift_;
    std::uint32_t* out = features_.data() + pending_;
    for (std::size_t i = n; i <= characters; ++i)
      *out++ = Bucket(prefix_[i] - prefix_[i - n] * power + family, shift);
    pending_ = static_cast<std::size_t>(out - features_.data());
  }

  const char* ReadNumber(const char* at, const char* end) {
    const char* const begin = at;
    while (at != end && *at >= '0' && *at <= '9') ++at;
    AddToken(kNumberHash +
             static_cast<std::uint32_t>(std::min<std::ptrdiff_t>(at - begin, kMaxNumber)));
    return at;
  }

  void AddToken(std::uint32_t hash) {
    AddFeature(hash + kTokenFamily);
    if (spec_.word_bigrams)
      AddFeature((previous_ ^ (previous_ >> 14)) * kBase + hash + kBigramFamily);
    previous_ = hash;
  }

  void AddFeature(std::uint32_t hash) { features_[pending_++] = Bucket(hash, shift_); }

  static std::uint32_t Bucket(std::uint32_t hash, int shift) {
    return static_cast<std::uint32_t>(((hash ^ (hash >> 15)) * kMixer) >> shift);
  }

  HashedFeatureSpec spec_;
  int shift_ = 0;  // from a mixed hash to its bucket
  std::uint32_t previous_ = kStart;
  // prefix_[i]: the hash of the word's first i characters, the boundary mark being the first.
  std::array<std::uint32_t, kMaxWord + 3> prefix_{0, kBoundary};
  std::array<std::uint32_t, kFlushAt + kMaxPerToken> features_;
  std::size_t pending_ = 0;  // used part of features_
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
  thread_local BucketCounter counter;
  thread_local Tokenizer tokenizer;
  counter.Begin(spec_.bucket_bits);
  tokenizer.Run(text, spec_, counter);
  counter.Finish(bag);
}

}  // namespace routellm::text
