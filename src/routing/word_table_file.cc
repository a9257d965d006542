#include "routing/word_table_file.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace routellm::routing {
namespace {

using data::Dtype;
using text::WordTable;

constexpr const char* kWords = "words";
constexpr const char* kCodes = "words.codes";
constexpr const char* kScales = "words.scale";
constexpr const char* kWeights = "words.weight";

std::vector<std::string> SplitLines(std::string_view lines) {
  std::vector<std::string> words;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    words.emplace_back(lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return words;
}

}  // namespace

Result<WordTable> ReadWordTable(const data::Safetensors& file) {
  const auto found = file.tensors().find(kWords);
  if (found == file.tensors().end() || found->second.dtype != Dtype::kU8 ||
      found->second.shape.size() != 1)
    return file.Invalid("has no tensor 'words' of bytes");
  const std::span<const std::byte> lines = found->second.data;
  WordTable table;
  table.words = SplitLines({reinterpret_cast<const char*>(lines.data()), lines.size()});

  const std::size_t rows[] = {table.words.size()};
  const std::size_t matrix[] = {table.words.size(), WordTable::kDimension};
  const auto codes = file.Tensor(kCodes, Dtype::kI8, matrix);
  if (!codes) return tl::unexpected(codes.error());
  const auto* const first = reinterpret_cast<const std::int8_t*>(codes->data.data());
  table.codes.assign(first, first + codes->data.size());
  const auto floats = [&](const char* name, std::vector<float>& into) -> Result<void> {
    auto values = file.Tensor(name, Dtype::kF32, rows).and_then(data::ToFloats);
    if (!values) return tl::unexpected(values.error());
    into = std::move(*values);
    return {};
  };
  if (auto read = floats(kScales, table.scales); !read) return tl::unexpected(read.error());
  if (auto read = floats(kWeights, table.weights); !read) return tl::unexpected(read.error());
  return table;
}

WordTableTensors::WordTableTensors(const WordTable& table) : table_(table) {
  for (const std::string& word : table.words) words_.append(word).push_back('\n');
}

std::map<std::string, data::TensorView, std::less<>> WordTableTensors::Views() const {
  const std::size_t rows = table_.words.size();
  return {{kWords, {Dtype::kU8, {words_.size()}, std::as_bytes(std::span(words_))}},
          {kCodes, {Dtype::kI8, {rows, WordTable::kDimension}, data::AsBytes(table_.codes)}},
          {kScales, {Dtype::kF32, {rows}, data::AsBytes(table_.scales)}},
          {kWeights, {Dtype::kF32, {rows}, data::AsBytes(table_.weights)}}};
}

}  // namespace routellm::routing
