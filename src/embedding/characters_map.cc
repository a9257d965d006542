#include "embedding/characters_map.h"

#include <utf8proc.h>

#include "text/utf8.h"

namespace routellm::embedding {
namespace {

constexpr std::size_t kSmallCluster = 6;  // bytes

std::uint32_t ReadUnit(std::string_view bytes) {
  std::uint32_t unit = 0;
  for (std::size_t i = 4; i-- > 0;) unit = unit << 8U | static_cast<unsigned char>(bytes[i]);
  return unit;
}

bool HasLeaf(std::uint32_t unit) { return (unit >> 8U & 1U) != 0; }
std::uint32_t Value(std::uint32_t unit) { return unit & 0x7FFFFFFFU; }
std::uint32_t Label(std::uint32_t unit) { return unit & 0x800000FFU; }
std::uint32_t Offset(std::uint32_t unit) { return unit >> 10U << ((unit & 0x200U) >> 6U); }

// The first grapheme cluster of a text that is not empty.
std::string_view FirstCluster(std::string_view text) {
  utf8proc_int32_t state = 0;
  auto [last, end] = text::DecodeUtf8(text);
  while (end < text.size()) {
    const auto [next, bytes] = text::DecodeUtf8(text.substr(end));
    if (utf8proc_grapheme_break_stateful(static_cast<utf8proc_int32_t>(last),
                                         static_cast<utf8proc_int32_t>(next), &state) != 0) {
      break;
    }
    last = next;
    end += bytes;
  }
  return text.substr(0, end);
}

}  // namespace

std::optional<CharactersMap> CharactersMap::Parse(std::string_view table) {
  if (table.size() < 4) return std::nullopt;
  const std::size_t trie_bytes = ReadUnit(table);
  table.remove_prefix(4);
  if (trie_bytes > table.size() || trie_bytes % 4 != 0 || trie_bytes == 0) return std::nullopt;
  CharactersMap map;
  for (std::size_t i = 0; i < trie_bytes; i += 4) map.units_.push_back(ReadUnit(table.substr(i)));
  map.texts_ = table.substr(trie_bytes);
  return map;
}

std::optional<CharactersMap::Found> CharactersMap::Find(std::string_view text, bool longest) const {
  std::optional<Found> found;
  std::size_t at = Offset(units_[0]);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::uint32_t label = static_cast<unsigned char>(text[i]);
    at ^= label;
    if (label == 0 || at >= units_.size() || Label(units_[at]) != label) break;
    const bool has_leaf = HasLeaf(units_[at]);
    at ^= Offset(units_[at]);
    if (!has_leaf) continue;
    if (at >= units_.size() || Value(units_[at]) >= texts_.size()) break;
    const std::string_view rest = std::string_view(texts_).substr(Value(units_[at]));
    found = Found{i + 1, rest.substr(0, rest.find('\0'))};
    if (!longest) break;
  }
  return found;
}

std::optional<CharactersMap::Found> CharactersMap::FindLongest(std::string_view text) const {
  return Find(text, true);
}

std::string CharactersMap::Apply(std::string_view text) const {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    std::string_view cluster = FirstCluster(text);
    text.remove_prefix(cluster.size());
    if (cluster.size() < kSmallCluster) {
      if (const auto found = Find(cluster, false)) {
        out += found->becomes;
        continue;
      }
    }
    while (!cluster.empty()) {
      const std::string_view character = cluster.substr(0, text::DecodeUtf8(cluster).bytes);
      const auto found = Find(character, false);
      out += found ? found->becomes : character;
      cluster.remove_prefix(character.size());
    }
  }
  return out;
}

}  // namespace routellm::embedding
