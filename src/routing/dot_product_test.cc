#include "routing/dot_product.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace routellm::routing {
namespace {

TEST(DotProductTest, AgreesWithASumInDoubleAtEverySizeAndAlignment) {
  std::mt19937_64 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> a(4099);
  std::vector<float> b(4099);
  for (float& value : a) value = normal(random);
  for (float& value : b) value = normal(random);
  std::vector<std::size_t> sizes{1023, 1024, 1025, 1536, 3072, 4096};
  for (std::size_t size = 0; size < 200; ++size) sizes.push_back(size);
  for (const std::size_t size : sizes) {
    for (std::size_t offset = 0; offset < 3; ++offset) {
      double expected = 0.0;
      double magnitude = 0.0;
      for (std::size_t i = 0; i < size; ++i) {
        const double product = double{a[i + offset]} * b[i];
        expected += product;
        magnitude += std::abs(product);
      }
      EXPECT_NEAR(DotProduct(a.data() + offset, b.data(), size), expected, 2e-6 * magnitude);
    }
  }
}

TEST(DotProductTest, BytesAreExactAlsoAtTheirExtremes) {
  std::mt19937_64 random(2);
  for (const std::size_t size :
       std::initializer_list<std::size_t>{0, 1, 31, 32, 63, 64, 65, 127, 1536, 131072}) {
    std::vector<std::int8_t> a(size);
    std::vector<std::int8_t> b(size);
    std::int64_t expected = 0;
    for (std::size_t i = 0; i < size; ++i) {
      a[i] = static_cast<std::int8_t>(random());
      b[i] = static_cast<std::int8_t>(random());
      expected += a[i] * b[i];
    }
    EXPECT_EQ(DotProduct(a.data(), b.data(), size), expected);
    const std::vector<std::int8_t> lowest(size, -127);
    EXPECT_EQ(DotProduct(lowest.data(), lowest.data(), size),
              static_cast<std::int32_t>(size) * 127 * 127);
  }
}

TEST(DotProductTest, NibblesAreExact) {
  std::mt19937_64 random(3);
  for (const std::size_t blocks : std::initializer_list<std::size_t>{0, 1, 2, 3, 12, 1024}) {
    std::vector<std::uint8_t> a(blocks * kNibbleBlock / 2);
    std::vector<std::int8_t> b(blocks * kNibbleBlock);
    for (auto& value : a) value = static_cast<std::uint8_t>(random());
    for (auto& value : b) value = static_cast<std::int8_t>(random() % 255 - 127);
    std::int64_t expected = 0;
    for (std::size_t i = 0; i < b.size(); ++i) {
      const std::uint8_t byte = a[i / kNibbleBlock * 64 + i % 64];
      expected += (i % kNibbleBlock < 64 ? byte & 15 : byte >> 4) * b[i];
    }
    EXPECT_EQ(NibbleDotProduct(a.data(), b.data(), blocks), expected);
    std::fill(a.begin(), a.end(), std::uint8_t{255});
    std::fill(b.begin(), b.end(), std::int8_t{-127});
    EXPECT_EQ(NibbleDotProduct(a.data(), b.data(), blocks),
              -static_cast<std::int32_t>(b.size()) * 15 * 127);
  }
}

TEST(DotProductTest, NotANumberStaysOne) {
  std::vector<float> a(100, 1.0F);
  const std::vector<float> b(100, 1.0F);
  a[77] = std::nanf("");
  EXPECT_TRUE(std::isnan(DotProduct(a.data(), b.data(), a.size())));
}

}  // namespace
}  // namespace routellm::routing
