#include "text/hashed_features.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <thread>

namespace routellm::text {
namespace {

FeatureBag Extract(std::string_view text, const HashedFeatureSpec& spec = {}) {
  FeatureBag bag;
  HashedFeatures::Create(spec)->Extract(text, bag);
  return bag;
}

std::map<std::uint32_t, float> AsMap(const FeatureBag& bag) {
  std::map<std::uint32_t, float> map;
  for (std::size_t i = 0; i < bag.buckets.size(); ++i) map[bag.buckets[i]] = bag.weights[i];
  return map;
}

HashedFeatureSpec WordsOnly() {
  HashedFeatureSpec spec;
  spec.max_ngram = 0;
  spec.word_bigrams = false;
  return spec;
}

void ExpectWellFormed(const FeatureBag& bag, const HashedFeatureSpec& spec) {
  ASSERT_EQ(bag.buckets.size(), bag.weights.size());
  const std::set<std::uint32_t> distinct(bag.buckets.begin(), bag.buckets.end());
  ASSERT_EQ(distinct.size(), bag.buckets.size());
  for (const std::uint32_t bucket : distinct) ASSERT_LT(bucket, spec.Buckets());
  double squares = 0.0;
  for (const float weight : bag.weights) {
    ASSERT_GT(weight, 0.0f);
    squares += static_cast<double>(weight) * weight;
  }
  ASSERT_NEAR(squares, bag.weights.empty() ? 0.0 : 1.0, 1e-4);
}

TEST(HashedFeaturesTest, CaseAndSpacingDoNotMatter) {
  EXPECT_EQ(AsMap(Extract("What is the CAPITAL of France?")),
            AsMap(Extract("what  is the\ncapital\tof france?")));
  EXPECT_EQ(AsMap(Extract("ЧТО Ärger ΛΟΓΟΣ", WordsOnly())),
            AsMap(Extract("что ärger λογοσ", WordsOnly())));
}

TEST(HashedFeaturesTest, CountsOfEachFamily) {
  HashedFeatureSpec spec = WordsOnly();
  EXPECT_EQ(Extract("alpha beta gamma", spec).buckets.size(), 3u);
  spec.word_bigrams = true;  // with the start of the text: three pairs
  EXPECT_EQ(Extract("alpha beta gamma", spec).buckets.size(), 6u);
  spec.word_bigrams = false;
  spec.min_ngram = spec.max_ngram = 3;  // ^al alp lph pha ha$
  EXPECT_EQ(Extract("alpha", spec).buckets.size(), 1u + 5u);
  spec.max_ngram = 4;  // and ^alp alph lpha pha$
  EXPECT_EQ(Extract("alpha", spec).buckets.size(), 1u + 5u + 4u);
  EXPECT_EQ(Extract("a", spec).buckets.size(), 1u + 1u);
}

TEST(HashedFeaturesTest, NgramsStayWithinWords) {
  HashedFeatureSpec spec = WordsOnly();
  spec.min_ngram = 2;
  spec.max_ngram = 6;
  const auto apart = AsMap(Extract("router model", spec));
  std::set<std::uint32_t> expected;
  for (const char* word : {"router", "model"}) {
    for (const auto& [bucket, weight] : AsMap(Extract(word, spec))) expected.insert(bucket);
  }
  std::set<std::uint32_t> found;
  for (const auto& [bucket, weight] : apart) found.insert(bucket);
  EXPECT_EQ(found, expected);
}

TEST(HashedFeaturesTest, LongTextsAgreeWithTheirParts) {
  // Across the internal blocks nothing may be lost or added.
  HashedFeatureSpec spec;
  spec.word_bigrams = false;
  std::string text;
  std::set<std::uint32_t> expected;
  for (int i = 0; i < 500; ++i) {
    std::string word;
    for (int n = i * 7919 + 13; n > 0; n /= 5) word += static_cast<char>('a' + n % 26);
    text += word + (i % 3 == 0 ? ", " : " ");
    for (const auto& [bucket, weight] : AsMap(Extract(word, spec))) expected.insert(bucket);
  }
  for (const auto& [bucket, weight] : AsMap(Extract(",", spec))) expected.insert(bucket);
  const FeatureBag bag = Extract(text, spec);
  EXPECT_EQ(std::set<std::uint32_t>(bag.buckets.begin(), bag.buckets.end()), expected);
}

TEST(HashedFeaturesTest, NumbersFoldByLength) {
  EXPECT_EQ(AsMap(Extract("add 123 and 45")), AsMap(Extract("add 987 and 10")));
  EXPECT_NE(AsMap(Extract("add 123")), AsMap(Extract("add 1234")));
  EXPECT_EQ(AsMap(Extract("12345678", WordsOnly())),
            AsMap(Extract("12345678901234567890", WordsOnly())));
}

TEST(HashedFeaturesTest, FrequencyIsSublinear) {
  const auto bag = AsMap(Extract("yes yes yes yes no", WordsOnly()));
  const float no = AsMap(Extract("no", WordsOnly())).begin()->second;
  EXPECT_EQ(no, 1.0f);
  const auto [low, high] = std::minmax(bag.begin()->second, std::next(bag.begin())->second);
  EXPECT_NEAR(high / low, 1.0 + std::log(4.0), 1e-5);
}

TEST(HashedFeaturesTest, IdeographsAreWordsOfTheirOwn) {
  const FeatureBag bag = Extract("中文字", WordsOnly());
  EXPECT_EQ(bag.buckets.size(), 3u);
  HashedFeatureSpec pairs = WordsOnly();
  pairs.word_bigrams = true;
  EXPECT_EQ(Extract("中文字", pairs).buckets.size(), 6u);
}

TEST(HashedFeaturesTest, TheHashIsTheSameEverywhere) {
  // Frozen: a change here is a change of HashedFeatureSpec::kRevision.
  HashedFeatureSpec spec;
  spec.bucket_bits = 17;
  spec.min_ngram = 3;
  spec.max_ngram = 4;
  const FeatureBag bag = Extract("Solve 3x + 14 = 0; zwölf ЧАСОВ 中文 \\frac{1}{2} 😀?", spec);
  EXPECT_EQ(bag.buckets.size(), 72u);
  EXPECT_EQ(std::accumulate(bag.buckets.begin(), bag.buckets.end(), std::uint64_t{0}), 4837331u);
  spec.max_ngram = 0;
  spec.word_bigrams = false;
  EXPECT_EQ(Extract("hello", spec).buckets.at(0), 33529u);
}

TEST(HashedFeaturesTest, AnyBytesAreSafe) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 300; ++round) {
    HashedFeatureSpec spec;
    spec.bucket_bits = 10 + round % 11;
    spec.max_ngram = round % 7;
    spec.min_ngram = std::max(1, spec.max_ngram - round % 3);
    std::string text(random() % 3000, '\0');
    const bool words = round % 2 == 0;
    for (char& c : text)
      c = static_cast<char>(words && random() % 8 != 0 ? 'a' + random() % 26 : random());
    ExpectWellFormed(Extract(text, spec), spec);
  }
  for (const std::string& text :
       {std::string(32768, 'x'), std::string(32768, '\xE4'), std::string(32768, '\0'),
        std::string(32768, '7'), std::string(32768, '{'), std::string()}) {
    ExpectWellFormed(Extract(text), {});
  }
}

TEST(HashedFeaturesTest, ManyTextsDoNotDisturbEachOther) {
  HashedFeatureSpec spec;
  spec.bucket_bits = 20;  // the shortest life of a generation number: 4,095 texts
  const auto features = HashedFeatures::Create(spec);
  const auto expected = AsMap(Extract("the same text again", spec));
  FeatureBag bag;
  for (int i = 0; i < 10'000; ++i) {
    features->Extract(i % 2 == 0 ? "the same text again" : "another text and again", bag);
    if (i % 2 == 0) {
      ASSERT_EQ(AsMap(bag), expected) << i;
    }
  }
}

TEST(HashedFeaturesTest, WorksOnManyThreads) {
  const auto features = HashedFeatures::Create({});
  const auto expected = AsMap(Extract("a text for several threads"));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      FeatureBag bag;
      for (int i = 0; i < 200; ++i) {
        features->Extract("a text for several threads", bag);
        EXPECT_EQ(AsMap(bag), expected);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(HashedFeaturesTest, BucketsAreEvenlyFilled) {
  HashedFeatureSpec spec = WordsOnly();
  spec.bucket_bits = 12;
  std::string text;
  for (int i = 0; i < 20'000; ++i) {
    for (int n = i + 30; n > 0; n /= 26) text += static_cast<char>('a' + n % 26);
    text += ' ';
  }
  // 20,000 distinct words in 4,096 buckets leave exp(-4.9) of them empty: 31 expected.
  EXPECT_NEAR(static_cast<double>(Extract(text, spec).buckets.size()), 4096 - 31, 25);
}

TEST(HashedFeaturesTest, RefusesWhatItCannotDo) {
  const auto refused = [](auto change) {
    HashedFeatureSpec spec;
    change(spec);
    const auto features = HashedFeatures::Create(spec);
    return !features && features.error().code == ErrorCode::kInvalidData;
  };
  EXPECT_TRUE(refused([](auto& s) { s.revision = HashedFeatureSpec::kRevision + 1; }));
  EXPECT_TRUE(refused([](auto& s) { s.bucket_bits = 9; }));
  EXPECT_TRUE(refused([](auto& s) { s.bucket_bits = 21; }));
  EXPECT_TRUE(refused([](auto& s) { s.min_ngram = 0; }));
  EXPECT_TRUE(refused([](auto& s) { s.min_ngram = 5; }));
  EXPECT_TRUE(refused([](auto& s) { s.max_ngram = 7; }));
}

}  // namespace
}  // namespace routellm::text
