// Neighbours by a graph, without a look at every row: hierarchical navigable small worlds (Malkov
// and Yashunin, "Efficient and robust approximate nearest neighbor search using Hierarchical
// Navigable Small World graphs", arXiv:1603.09320), by the library hnswlib.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/error.h"
#include "routing/neighbours.h"

namespace routellm::routing {

// The links between rows, as they are stored. A row has links on the levels 0 to `levels[row]`:
// 2 * kLinks at most on level 0, kLinks at most on each other. Places without a link hold -1 and
// stand last.
struct HnswGraph {
  static constexpr std::size_t kLinks = 16;

  std::vector<std::int32_t> levels;       // [rows]
  std::vector<std::int32_t> base_links;   // [rows, 2 * kLinks]
  std::vector<std::int32_t> upper_links;  // [sum of levels, kLinks]: row by row, level 1 first
};

// Error kInvalidData for a graph that is not one of `rows` rows: sizes that do not fit, a link to a
// row that does not exist or has no such level.
[[nodiscard]] Result<void> Validate(const HnswGraph& graph, std::size_t rows);

class HnswSearch final : public NeighbourSearch {
 public:
  // Links the rows, on the caller's thread; about a millisecond for each row. The same rows give
  // the same graph on processors with the same vector instructions (dot_product.h).
  [[nodiscard]] static std::unique_ptr<HnswSearch> Build(std::span<const float> rows,
                                                         std::size_t columns);

  // From a valid graph of these rows.
  [[nodiscard]] static std::unique_ptr<HnswSearch> Create(const HnswGraph& graph,
                                                          std::span<const float> rows,
                                                          std::size_t columns);

  ~HnswSearch() override;

  [[nodiscard]] HnswGraph Graph() const;

  // How many candidates a search keeps, at least; more find more of the true neighbours and take
  // longer. Not to be called while others search. 200 at first.
  void SetBreadth(std::size_t breadth);

  // Approximate: may miss rows, and then names others that are farther.
  void Find(std::span<const float> query, std::size_t count,
            std::vector<Neighbour>& nearest) const override;

 private:
  class Index;
  explicit HnswSearch(std::unique_ptr<Index> index);

  std::unique_ptr<Index> index_;
};

}  // namespace routellm::routing
