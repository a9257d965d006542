#include "gateway/evidence_cache.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace routellm::gateway {
namespace {

evidence::EvidenceValue Vector(float first, std::size_t size = 256) {
  std::vector<float> values(size);
  values[0] = first;
  return values;
}

std::optional<float> First(EvidenceCache& cache, const std::string& prompt) {
  const auto found = cache.Find(EvidenceCache::KeyOf(prompt));
  if (!found) return std::nullopt;
  return std::get<std::vector<float>>(*found)[0];
}

TEST(EvidenceCacheTest, FindsByThePrompt) {
  EvidenceCache cache(1 << 20);
  cache.Insert(EvidenceCache::KeyOf("a"), Vector(1));
  cache.Insert(EvidenceCache::KeyOf("b"), Vector(2));
  EXPECT_EQ(First(cache, "a"), 1.0F);
  EXPECT_EQ(First(cache, "b"), 2.0F);
  EXPECT_EQ(First(cache, "A"), std::nullopt);
}

TEST(EvidenceCacheTest, TheLeastRecentlyUsedGoesFirst) {
  EvidenceCache cache(4096);  // three vectors of 1 KiB
  for (const char* prompt : {"a", "b", "c"}) cache.Insert(EvidenceCache::KeyOf(prompt), Vector(1));
  EXPECT_TRUE(First(cache, "a"));
  cache.Insert(EvidenceCache::KeyOf("d"), Vector(1));
  EXPECT_TRUE(First(cache, "a"));
  EXPECT_FALSE(First(cache, "b"));
  EXPECT_TRUE(First(cache, "c"));
  EXPECT_LE(cache.bytes(), 4096U);
}

TEST(EvidenceCacheTest, WhatIsTooLargeIsNotKept) {
  EvidenceCache cache(1000);
  cache.Insert(EvidenceCache::KeyOf("a"), Vector(1));
  EXPECT_FALSE(First(cache, "a"));
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST(EvidenceCacheTest, ManyThreads) {
  EvidenceCache cache(20'000);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&cache] {
      for (int i = 0; i < 5000; ++i) {
        const auto key = EvidenceCache::KeyOf(std::to_string(i % 37));
        if (const auto found = cache.Find(key)) {
          EXPECT_EQ(std::get<std::vector<float>>(*found)[0], static_cast<float>(i % 37));
        }
        cache.Insert(key, Vector(static_cast<float>(i % 37)));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_LE(cache.bytes(), 20'000U);
}

}  // namespace
}  // namespace routellm::gateway
