#include "contamination/cosine.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <mutex>

#include "core/parallel.h"

namespace routellm::contamination {
namespace {

using embedding::Matrix;

// The inner loop takes kOnes times kOthers products at once, so that each number that is loaded is
// used several times; a tile of the second matrix stays in the cache meanwhile.
constexpr std::size_t kOnes = 3;
constexpr std::size_t kOthers = 4;
constexpr std::size_t kBlock = 32 * kOnes;  // rows of the first matrix that one thread takes
constexpr std::size_t kTileBytes = std::size_t{128} << 10;
constexpr float kRounding = 1e-6F;

using Lanes = float __attribute__((vector_size(16)));
constexpr std::size_t kLanes = sizeof(Lanes) / sizeof(float);

Lanes Load(const float* values) {
  Lanes lanes;
  std::memcpy(&lanes, values, sizeof(lanes));
  return lanes;
}

using Products = std::array<std::array<float, kOthers>, kOnes>;

Products Multiply(const std::array<const float*, kOnes>& ones,
                  const std::array<const float*, kOthers>& others, std::size_t columns) {
  Lanes sums[kOnes][kOthers] = {};
  const std::size_t whole = columns - columns % kLanes;
  for (std::size_t column = 0; column < whole; column += kLanes) {
    Lanes right[kOthers];
#pragma GCC unroll 8
    for (std::size_t j = 0; j < kOthers; ++j) right[j] = Load(others[j] + column);
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kOnes; ++i) {
      const Lanes left = Load(ones[i] + column);
#pragma GCC unroll 8
      for (std::size_t j = 0; j < kOthers; ++j) sums[i][j] += left * right[j];
    }
  }
  Products products;
  for (std::size_t i = 0; i < kOnes; ++i) {
    for (std::size_t j = 0; j < kOthers; ++j) {
      float sum = 0.0F;
      for (std::size_t lane = 0; lane < kLanes; ++lane) sum += sums[i][j][lane];
      for (std::size_t column = whole; column < columns; ++column) {
        sum += ones[i][column] * others[j][column];
      }
      products[i][j] = sum;
    }
  }
  return products;
}

// `N` rows from `first` on; the last one again and again where there are fewer.
template <std::size_t N>
std::array<const float*, N> Rows(const Matrix& matrix, std::size_t first) {
  std::array<const float*, N> rows;
  for (std::size_t i = 0; i < N; ++i) {
    rows[i] = matrix.Row(std::min(first + i, matrix.rows - 1)).data();
  }
  return rows;
}

class Scan {
 public:
  Scan(const Matrix& ones, const Matrix& others, double threshold)
      : ones_(ones),
        others_(others),
        threshold_(static_cast<float>(threshold) - kRounding),
        tile_(
            std::max(kOthers, kTileBytes / (others.columns * sizeof(float)) / kOthers * kOthers)) {}

  // The pairs of the first matrix's rows from `begin` to `end`.
  [[nodiscard]] std::vector<CosinePair> Block(std::size_t begin, std::size_t end) const {
    std::vector<CosinePair> pairs;
    for (std::size_t tile = 0; tile < others_.rows; tile += tile_) {
      const std::size_t tile_end = std::min(others_.rows, tile + tile_);
      for (std::size_t one = begin; one < end; one += kOnes) {
        const auto rows = Rows<kOnes>(ones_, one);
        for (std::size_t other = tile; other < tile_end; other += kOthers) {
          Collect(one, std::min(end, one + kOnes), other, std::min(tile_end, other + kOthers),
                  Multiply(rows, Rows<kOthers>(others_, other), ones_.columns), pairs);
        }
      }
    }
    std::sort(pairs.begin(), pairs.end(), [](const CosinePair& a, const CosinePair& b) {
      return std::pair(a.one, a.other) < std::pair(b.one, b.other);
    });
    return pairs;
  }

 private:
  void Collect(std::size_t one, std::size_t one_end, std::size_t other, std::size_t other_end,
               const Products& products, std::vector<CosinePair>& pairs) const {
    for (std::size_t i = one; i < one_end; ++i) {
      for (std::size_t j = other; j < other_end; ++j) {
        const float cosine = products[i - one][j - other];
        if (cosine < threshold_) continue;
        pairs.push_back(
            {static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(j), std::min(cosine, 1.0F)});
      }
    }
  }

  const Matrix& ones_;
  const Matrix& others_;
  const float threshold_;
  const std::size_t tile_;  // rows of the second matrix
};

}  // namespace

void ScaleRows(Matrix& rows) {
  for (std::size_t i = 0; i < rows.rows; ++i) {
    const std::span<float> row = rows.Row(i);
    double squares = 0.0;
    for (const double value : row) squares += value * value;
    const double length = std::sqrt(squares);
    if (length == 0.0) continue;
    for (float& value : row) value = static_cast<float>(value / length);
  }
}

std::vector<CosinePair> FindCosinePairs(const Matrix& ones, const Matrix& others, double threshold,
                                        const std::function<void(std::size_t done)>& progress) {
  if (ones.rows == 0 || others.rows == 0) return {};
  const Scan scan(ones, others, threshold);
  const std::size_t blocks = (ones.rows + kBlock - 1) / kBlock;
  std::vector<std::vector<CosinePair>> found(blocks);
  std::mutex mutex;
  std::size_t done = 0;  // protected by mutex
  ParallelFor(blocks, [&](std::size_t block) {
    const std::size_t begin = block * kBlock;
    const std::size_t end = std::min(ones.rows, begin + kBlock);
    found[block] = scan.Block(begin, end);
    const std::lock_guard lock(mutex);
    progress(done += end - begin);
  });
  std::vector<CosinePair> pairs;
  for (const auto& block : found) pairs.insert(pairs.end(), block.begin(), block.end());
  return pairs;
}

}  // namespace routellm::contamination
