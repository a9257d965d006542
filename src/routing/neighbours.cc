#include "routing/neighbours.h"

#include <algorithm>
#include <utility>

#include "routing/dot_product.h"

namespace routellm::routing {

bool IsNearer(const Neighbour& a, const Neighbour& b) {
  return a.cosine > b.cosine || (a.cosine == b.cosine && a.row < b.row);
}

ExactSearch::ExactSearch(std::vector<float> rows, std::size_t columns)
    : rows_(std::move(rows)), columns_(columns) {}

void ExactSearch::Find(std::span<const float> query, std::size_t count,
                       std::vector<Neighbour>& nearest) const {
  nearest.clear();
  nearest.reserve(count + 1);
  // A heap with the farthest of the nearest at its front.
  for (std::uint32_t row = 0; row < rows_.size() / columns_; ++row) {
    const auto cosine =
        static_cast<float>(DotProduct(rows_.data() + row * columns_, query.data(), columns_));
    if (nearest.size() == count && cosine <= nearest.front().cosine) continue;
    nearest.push_back({row, cosine});
    std::push_heap(nearest.begin(), nearest.end(), IsNearer);
    if (nearest.size() <= count) continue;
    std::pop_heap(nearest.begin(), nearest.end(), IsNearer);
    nearest.pop_back();
  }
  std::sort_heap(nearest.begin(), nearest.end(), IsNearer);
}

}  // namespace routellm::routing
