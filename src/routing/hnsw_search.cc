#include "routing/hnsw_search.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <numeric>
#include <string>
#include <utility>

// Without it the library fetches memory ahead at addresses that may lie beyond its own.
#define NO_MANUAL_VECTORIZATION
#include <hnswlib/hnswlib.h>

#include "routing/dot_product.h"
#include "routing/large_pages.h"

namespace routellm::routing {
namespace {

using Links = hnswlib::linklistsizeint;

constexpr std::size_t kBaseLinks = 2 * HnswGraph::kLinks;
constexpr std::size_t kBuildBreadth = 200;
constexpr std::size_t kSearchBreadth = 200;
constexpr std::size_t kSeed = 1;

// 1 - cosine, by the inner product that is chosen for the processor at run time.
class CosineSpace final : public hnswlib::SpaceInterface<float> {
 public:
  explicit CosineSpace(std::size_t columns) : columns_(columns) {}

  size_t get_data_size() override { return columns_ * sizeof(float); }
  void* get_dist_func_param() override { return &columns_; }
  hnswlib::DISTFUNC<float> get_dist_func() override {
    return [](const void* a, const void* b, const void* columns) {
      return static_cast<float>(1.0 - DotProduct(static_cast<const float*>(a),
                                                 static_cast<const float*>(b),
                                                 *static_cast<const std::size_t*>(columns)));
    };
  }

 private:
  std::size_t columns_;
};

tl::unexpected<Error> Invalid(const std::string& what) {
  return Fail(ErrorCode::kInvalidData, "the graph of neighbours " + what);
}

// One list of links on `level`.
Result<void> CheckLinks(const HnswGraph& graph, std::span<const std::int32_t> links, int level) {
  bool ended = false;
  for (const std::int32_t link : links) {
    if (link == -1) {
      ended = true;
      continue;
    }
    if (ended || link < 0 || static_cast<std::size_t>(link) >= graph.levels.size())
      return Invalid("has a link to row " + std::to_string(link) + ", which cannot be");
    if (graph.levels[static_cast<std::size_t>(link)] < level)
      return Invalid("has a link to row " + std::to_string(link) + " on a level that it lacks");
  }
  return {};
}

}  // namespace

Result<void> Validate(const HnswGraph& graph, std::size_t rows) {
  constexpr std::int32_t kMaxLevel = 64;
  std::size_t upper = 0;
  for (const std::int32_t level : graph.levels) {
    if (level < 0 || level > kMaxLevel) return Invalid("has a level that cannot be");
    upper += static_cast<std::size_t>(level);
  }
  if (rows == 0 || graph.levels.size() != rows || graph.base_links.size() != rows * kBaseLinks ||
      graph.upper_links.size() != upper * HnswGraph::kLinks) {
    return Invalid("has sizes that do not fit each other");
  }
  const std::span base(graph.base_links);
  std::span<const std::int32_t> rest(graph.upper_links);
  for (std::size_t row = 0; row < rows; ++row) {
    auto ok = CheckLinks(graph, base.subspan(row * kBaseLinks, kBaseLinks), 0);
    for (int level = 1; ok && level <= graph.levels[row]; ++level) {
      ok = CheckLinks(graph, rest.first(HnswGraph::kLinks), level);
      rest = rest.subspan(HnswGraph::kLinks);
    }
    if (!ok) return ok;
  }
  return {};
}

class HnswSearch::Index {
 public:
  Index(std::size_t rows, std::size_t width)
      : columns(width), space(width), graph(&space, rows, HnswGraph::kLinks, kBuildBreadth, kSeed) {
    graph.setEf(kSearchBreadth);
    AdviseLargePages(graph.data_level0_memory_, rows * graph.size_data_per_element_);
  }

  // Adds the next row with `level` levels above the lowest, and no links.
  void Append(const float* row, int level) {
    const std::size_t id = graph.cur_element_count;
    std::memset(graph.data_level0_memory_ + id * graph.size_data_per_element_, 0,
                graph.size_data_per_element_);
    std::memcpy(graph.getDataByInternalId(Id(id)), row, columns * sizeof(float));
    graph.setExternalLabel(Id(id), id);
    graph.linkLists_[id] = nullptr;
    if (level > 0) {
      // The library frees it.
      graph.linkLists_[id] = static_cast<char*>(
          std::calloc(static_cast<std::size_t>(level), graph.size_links_per_element_));
      if (graph.linkLists_[id] == nullptr) throw std::bad_alloc();
    }
    graph.element_levels_[id] = level;
    ++graph.cur_element_count;
    if (level <= graph.maxlevel_) return;
    graph.maxlevel_ = level;
    graph.enterpoint_node_ = Id(id);
  }

  void SetLinks(std::size_t row, int level, std::span<const std::int32_t> links) {
    Links* list = graph.get_linklist_at_level(Id(row), level);
    const auto end = std::find(links.begin(), links.end(), -1);
    graph.setListCount(list, static_cast<unsigned short>(end - links.begin()));
    std::transform(links.begin(), end, list + 1,
                   [](std::int32_t link) { return static_cast<Links>(link); });
  }

  void GetLinks(std::size_t row, int level, std::span<std::int32_t> links) const {
    Links* list = graph.get_linklist_at_level(Id(row), level);
    const std::size_t count = graph.getListCount(list);
    std::fill(std::transform(list + 1, list + 1 + count, links.begin(),
                             [](Links link) { return static_cast<std::int32_t>(link); }),
              links.end(), -1);
  }

  std::size_t columns;
  CosineSpace space;
  hnswlib::HierarchicalNSW<float> graph;

 private:
  static hnswlib::tableint Id(std::size_t row) { return static_cast<hnswlib::tableint>(row); }
};

HnswSearch::HnswSearch(std::unique_ptr<Index> index) : index_(std::move(index)) {}

HnswSearch::~HnswSearch() = default;

std::unique_ptr<HnswSearch> HnswSearch::Build(std::span<const float> rows, std::size_t columns) {
  const std::size_t count = rows.size() / columns;
  auto index = std::make_unique<Index>(count, columns);
  for (std::size_t row = 0; row < count; ++row) {
    index->graph.addPoint(rows.data() + row * columns, row);
  }
  return std::unique_ptr<HnswSearch>(new HnswSearch(std::move(index)));
}

std::unique_ptr<HnswSearch> HnswSearch::Create(const HnswGraph& graph, std::span<const float> rows,
                                               std::size_t columns) {
  const std::size_t count = rows.size() / columns;
  auto index = std::make_unique<Index>(count, columns);
  const std::span base(graph.base_links);
  std::span<const std::int32_t> rest(graph.upper_links);
  for (std::size_t row = 0; row < count; ++row) {
    index->Append(rows.data() + row * columns, graph.levels[row]);
    index->SetLinks(row, 0, base.subspan(row * kBaseLinks, kBaseLinks));
    for (int level = 1; level <= graph.levels[row]; ++level) {
      index->SetLinks(row, level, rest.first(HnswGraph::kLinks));
      rest = rest.subspan(HnswGraph::kLinks);
    }
  }
  return std::unique_ptr<HnswSearch>(new HnswSearch(std::move(index)));
}

HnswGraph HnswSearch::Graph() const {
  const std::size_t rows = index_->graph.cur_element_count;
  HnswGraph graph;
  graph.levels.assign(index_->graph.element_levels_.begin(), index_->graph.element_levels_.end());
  graph.base_links.resize(rows * kBaseLinks);
  const int upper = std::accumulate(graph.levels.begin(), graph.levels.end(), 0);
  graph.upper_links.resize(static_cast<std::size_t>(upper) * HnswGraph::kLinks);
  std::span rest(graph.upper_links);
  for (std::size_t row = 0; row < rows; ++row) {
    index_->GetLinks(row, 0, std::span(graph.base_links).subspan(row * kBaseLinks, kBaseLinks));
    for (int level = 1; level <= graph.levels[row]; ++level) {
      index_->GetLinks(row, level, rest.first(HnswGraph::kLinks));
      rest = rest.subspan(HnswGraph::kLinks);
    }
  }
  return graph;
}

void HnswSearch::SetBreadth(std::size_t breadth) { index_->graph.setEf(breadth); }

void HnswSearch::Find(std::span<const float> query, std::size_t count,
                      std::vector<Neighbour>& nearest) const {
  nearest.clear();
  for (auto found = index_->graph.searchKnn(query.data(), count); !found.empty(); found.pop()) {
    nearest.push_back({static_cast<std::uint32_t>(found.top().second), 1.0F - found.top().first});
  }
  std::sort(nearest.begin(), nearest.end(), IsNearer);
}

}  // namespace routellm::routing
