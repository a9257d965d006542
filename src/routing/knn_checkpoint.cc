#include "routing/knn_checkpoint.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "data/safetensors.h"
#include "text/utf8.h"

namespace routellm::routing {
namespace {

using data::Dtype;
using data::Safetensors;
using Json = nlohmann::json;
using Metadata = std::map<std::string, std::string, std::less<>>;

constexpr std::string_view kFormat = "routellm-knn";
constexpr std::string_view kFormatVersion = "1";
constexpr std::string_view kVectors = "vectors";
constexpr std::string_view kScores = "scores";
constexpr std::string_view kLabels = "labels";
constexpr std::string_view kLevels = "graph.levels";
constexpr std::string_view kBaseLinks = "graph.base";
constexpr std::string_view kUpperLinks = "graph.upper";
constexpr std::size_t kMaxDimension = std::size_t{1} << 16;

tl::unexpected<Error> Invalid(std::string what) {
  return Fail(ErrorCode::kInvalidData, std::move(what));
}

bool AreRates(const auto& values) {
  return std::all_of(values.begin(), values.end(),
                     [](auto value) { return value >= 0 && value <= 1; });  // false for NaN
}

Result<void> CheckVectors(const KnnCheckpoint& checkpoint) {
  const std::size_t columns = checkpoint.embedder.dimension;
  for (std::size_t row = 0; row < checkpoint.queries(); ++row) {
    double squares = 0.0;
    for (const float value : std::span(checkpoint.vectors).subspan(row * columns, columns))
      squares += double{value} * value;
    if (!(std::abs(squares - 1.0) < 1e-3)) {
      return Invalid("tensor 'vectors' has a row that has not length 1, row " +
                     std::to_string(row));
    }
  }
  return {};
}

Json ToJson(const KnnCheckpoint& checkpoint) {
  const auto& embedder = checkpoint.embedder;
  return Json{{"embedder",
               {{"name", embedder.name},
                {"dimension", embedder.dimension},
                {"revision", embedder.revision}}},
              {"pair", {{"strong", checkpoint.strong_model}, {"weak", checkpoint.weak_model}}},
              {"search",
               {{"neighbours", checkpoint.neighbours},
                {"temperature", checkpoint.temperature},
                {"breadth", checkpoint.breadth}}},
              {"win_rate_quantiles", checkpoint.win_rate_quantiles},
              {"notes", checkpoint.notes}};
}

void FromJson(const Json& json, KnnCheckpoint& checkpoint) {
  const Json& embedder = json.at("embedder");
  embedder.at("name").get_to(checkpoint.embedder.name);
  embedder.at("dimension").get_to(checkpoint.embedder.dimension);
  embedder.at("revision").get_to(checkpoint.embedder.revision);
  json.at("pair").at("strong").get_to(checkpoint.strong_model);
  json.at("pair").at("weak").get_to(checkpoint.weak_model);
  const Json& search = json.at("search");
  search.at("neighbours").get_to(checkpoint.neighbours);
  search.at("temperature").get_to(checkpoint.temperature);
  search.at("breadth").get_to(checkpoint.breadth);
  json.at("win_rate_quantiles").get_to(checkpoint.win_rate_quantiles);
  checkpoint.notes = json.at("notes").get<Metadata>();
}

Result<void> ReadMetadata(const Safetensors& file, KnnCheckpoint& checkpoint) {
  const auto entry = [&](std::string_view key) {
    const auto found = file.metadata().find(key);
    return found == file.metadata().end() ? std::string_view() : std::string_view(found->second);
  };
  if (entry("format") != kFormat) return file.Invalid("is no checkpoint of a knn router");
  if (entry("format_version") != kFormatVersion) {
    return file.Invalid("has format version '" + std::string(entry("format_version")) +
                        "'; this program reads " + std::string(kFormatVersion));
  }
  try {
    FromJson(Json::parse(entry("knn")), checkpoint);
  } catch (const Json::exception& error) {
    return file.Invalid(std::string("has a garbled 'knn' in its metadata: ") + error.what());
  }
  if (checkpoint.embedder.dimension > kMaxDimension)
    return file.Invalid("has an impossible dimension");
  return {};
}

Result<std::vector<std::int32_t>> ReadNumbers(const Safetensors& file, std::string_view name,
                                              std::vector<std::size_t> shape) {
  const auto tensor = file.Tensor(name, Dtype::kI32, shape);
  if (!tensor) return tl::unexpected(tensor.error());
  std::vector<std::int32_t> values(tensor->Elements());
  if (!values.empty()) std::memcpy(values.data(), tensor->data.data(), tensor->data.size());
  return values;
}

Result<HnswGraph> ReadGraph(const Safetensors& file, std::size_t rows) {
  HnswGraph graph;
  auto levels = ReadNumbers(file, kLevels, {rows});
  if (!levels) return tl::unexpected(levels.error());
  auto base = ReadNumbers(file, kBaseLinks, {rows, 2 * HnswGraph::kLinks});
  if (!base) return tl::unexpected(base.error());
  const auto upper_view = file.tensors().find(kUpperLinks);
  const std::size_t upper_rows =
      upper_view == file.tensors().end() || upper_view->second.shape.empty()
          ? 0
          : upper_view->second.shape[0];
  auto upper = ReadNumbers(file, kUpperLinks, {upper_rows, HnswGraph::kLinks});
  if (!upper) return tl::unexpected(upper.error());
  return HnswGraph{*std::move(levels), *std::move(base), *std::move(upper)};
}

// Empty if the file has none.
Result<std::vector<std::string>> ReadLabels(const Safetensors& file) {
  std::vector<std::string> labels;
  const auto found = file.tensors().find(kLabels);
  if (found == file.tensors().end()) return labels;
  if (found->second.dtype != Dtype::kU8) return file.Invalid("has a tensor 'labels' not of bytes");
  std::string_view lines(reinterpret_cast<const char*>(found->second.data.data()),
                         found->second.data.size());
  if (!text::IsValidUtf8(lines)) return file.Invalid("has a tensor 'labels' that is not UTF-8");
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    labels.emplace_back(lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return labels;
}

Result<void> ReadTensors(const Safetensors& file, KnnCheckpoint& checkpoint) {
  const auto found = file.tensors().find(kVectors);
  if (found == file.tensors().end() || found->second.shape.size() != 2)
    return file.Invalid("has no tensor 'vectors' of shape [queries, dimension]");
  const std::size_t rows = found->second.shape[0];
  auto vectors = file.Floats(kVectors, {rows, checkpoint.embedder.dimension});
  if (!vectors) return tl::unexpected(vectors.error());
  auto scores = file.Floats(kScores, {rows, 2});
  if (!scores) return tl::unexpected(scores.error());
  checkpoint.vectors = *std::move(vectors);
  checkpoint.scores = *std::move(scores);
  if (auto labels = ReadLabels(file); labels) {
    checkpoint.labels = *std::move(labels);
  } else {
    return tl::unexpected(labels.error());
  }
  if (!file.tensors().contains(kLevels)) return {};
  auto graph = ReadGraph(file, rows);
  if (!graph) return tl::unexpected(graph.error());
  checkpoint.graph = *std::move(graph);
  return {};
}

}  // namespace

Result<void> Validate(const KnnCheckpoint& checkpoint) {
  const std::size_t rows = checkpoint.queries();
  if (rows == 0 || checkpoint.embedder.dimension == 0 || checkpoint.scores.size() != 2 * rows ||
      checkpoint.vectors.size() != rows * checkpoint.embedder.dimension) {
    return Invalid("vectors and scores must be of equally many queries, at least one");
  }
  if (checkpoint.strong_model.empty() || checkpoint.strong_model == checkpoint.weak_model ||
      checkpoint.weak_model.empty()) {
    return Invalid("the pair must be two distinct names");
  }
  if (checkpoint.neighbours == 0 || checkpoint.neighbours > rows)
    return Invalid("the number of neighbours must lie between 1 and the number of queries");
  if (!(checkpoint.temperature > 0.0 && std::isfinite(checkpoint.temperature)))
    return Invalid("the temperature must be a number above 0");
  if (!AreRates(checkpoint.scores)) return Invalid("tensor 'scores' must lie in [0, 1]");
  const auto& table = checkpoint.win_rate_quantiles;
  if (table.size() == 1 || !AreRates(table) || !std::is_sorted(table.begin(), table.end()))
    return Invalid("win_rate_quantiles must be two or more ascending numbers in [0, 1], or none");
  if (!checkpoint.labels.empty() && checkpoint.labels.size() != rows)
    return Invalid("there must be one label for each query, or none");
  if (std::any_of(checkpoint.labels.begin(), checkpoint.labels.end(),
                  [](const std::string& label) { return label.find('\n') != std::string::npos; })) {
    return Invalid("a label must not have a line break");
  }
  if (auto ok = CheckVectors(checkpoint); !ok) return ok;
  if (!checkpoint.graph) return {};
  if (checkpoint.breadth == 0 || checkpoint.breadth > rows)
    return Invalid("the breadth of a search must lie between 1 and the number of queries");
  return Validate(*checkpoint.graph, rows);
}

Result<void> SaveKnnCheckpoint(const KnnCheckpoint& checkpoint, const std::string& path) {
  if (auto valid = Validate(checkpoint); !valid) return valid;
  const std::size_t rows = checkpoint.queries();
  std::map<std::string, data::TensorView, std::less<>> tensors{
      {std::string(kVectors),
       {Dtype::kF32, {rows, checkpoint.embedder.dimension}, data::AsBytes(checkpoint.vectors)}},
      {std::string(kScores), {Dtype::kF32, {rows, 2}, data::AsBytes(checkpoint.scores)}}};
  std::string labels;
  for (const std::string& label : checkpoint.labels) labels.append(label).push_back('\n');
  if (!labels.empty()) {
    tensors.emplace(kLabels,
                    data::TensorView{
                        Dtype::kU8, {labels.size()}, std::as_bytes(std::span<const char>(labels))});
  }
  if (checkpoint.graph) {
    const HnswGraph& graph = *checkpoint.graph;
    const auto add = [&](std::string_view name, const std::vector<std::int32_t>& values,
                         std::vector<std::size_t> shape) {
      tensors.emplace(name, data::TensorView{Dtype::kI32, std::move(shape), data::AsBytes(values)});
    };
    add(kLevels, graph.levels, {rows});
    add(kBaseLinks, graph.base_links, {rows, 2 * HnswGraph::kLinks});
    add(kUpperLinks, graph.upper_links,
        {graph.upper_links.size() / HnswGraph::kLinks, HnswGraph::kLinks});
  }
  return data::SaveSafetensors(path, tensors,
                               {{"format", std::string(kFormat)},
                                {"format_version", std::string(kFormatVersion)},
                                {"knn", ToJson(checkpoint).dump()}});
}

Result<KnnCheckpoint> LoadKnnCheckpoint(const std::string& path) {
  const auto file = Safetensors::Load(path);
  if (!file) return tl::unexpected(file.error());
  KnnCheckpoint checkpoint;
  if (auto read = ReadMetadata(*file, checkpoint); !read) return tl::unexpected(read.error());
  if (auto read = ReadTensors(*file, checkpoint); !read) return tl::unexpected(read.error());
  if (auto valid = Validate(checkpoint); !valid) return file->Invalid(valid.error().public_message);
  return checkpoint;
}

}  // namespace routellm::routing
