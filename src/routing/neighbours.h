// The rows of a matrix that point the same way as a query.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace routellm::routing {

struct Neighbour {
  std::uint32_t row = 0;
  float cosine = 0.0F;
};

// Implementations are immutable and thread-safe. Rows have length 1.
class NeighbourSearch {
 public:
  NeighbourSearch() = default;
  NeighbourSearch(const NeighbourSearch&) = delete;
  NeighbourSearch& operator=(const NeighbourSearch&) = delete;
  virtual ~NeighbourSearch() = default;

  // Replaces `nearest` by the `count` rows (1 to the number of rows) of the highest cosines with
  // `query`, the highest first and of equal ones the lower row. `query` has a number for each
  // column, and length 1.
  virtual void Find(std::span<const float> query, std::size_t count,
                    std::vector<Neighbour>& nearest) const = 0;
};

// Looks at every row.
class ExactSearch final : public NeighbourSearch {
 public:
  // `rows`: row-major, each of `columns` numbers.
  ExactSearch(std::vector<float> rows, std::size_t columns);

  void Find(std::span<const float> query, std::size_t count,
            std::vector<Neighbour>& nearest) const override;

 private:
  std::vector<float> rows_;
  std::size_t columns_;
};

// Sorts as Find does.
[[nodiscard]] bool IsNearer(const Neighbour& a, const Neighbour& b);

}  // namespace routellm::routing
