// Reads one map of a configuration file.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/problems.h"
#include "config/yaml_tree.h"

namespace routellm::config {

inline constexpr std::size_t kMaxEntries = 1000;

// Hands out the values of a map by key and reports what does not fit. Each getter returns nothing
// where the key is absent or, after it has reported why, where its value is unusable. The node and
// the problems must outlive it.
class Section {
 public:
  // `path` is the map's full key path, empty for the whole file; `line` the line of its key.
  // Reports a node that is not a map (null is an empty one), a key that is given twice, and more
  // than kMaxEntries keys; such a map reads as empty.
  Section(std::string path, int line, const YamlNode& node, Problems& problems);

  [[nodiscard]] std::optional<std::string> Text(std::string_view key);
  [[nodiscard]] std::optional<bool> Flag(std::string_view key);
  [[nodiscard]] std::optional<double> Number(std::string_view key);
  // Within [min, max].
  [[nodiscard]] std::optional<std::uint64_t> Integer(std::string_view key, std::uint64_t min,
                                                     std::uint64_t max);
  [[nodiscard]] std::optional<std::uint64_t> Size(std::string_view key, std::uint64_t min,
                                                  std::uint64_t max);
  [[nodiscard]] std::optional<std::chrono::milliseconds> Duration(std::string_view key,
                                                                  std::chrono::milliseconds min);
  // The texts of a list, none of them empty, and at least one.
  [[nodiscard]] std::optional<std::vector<std::string>> Texts(std::string_view key);
  // A map under `key`.
  [[nodiscard]] std::optional<Section> Child(std::string_view key);

  // As Text, but reports a key that is absent.
  [[nodiscard]] std::optional<std::string> RequiredText(std::string_view key);

  // The entries of a map whose keys are names that the user chose. Not together with the getters.
  [[nodiscard]] const std::vector<YamlEntry>& entries() const { return node_->entries; }
  void Report(const YamlEntry& entry, std::string_view message);
  // The map under such an entry.
  [[nodiscard]] Section Child(const YamlEntry& entry);

  [[nodiscard]] bool Has(std::string_view key) const;

  // Reports `message` for `key`, at its line, or at the map's where the map does not have it.
  void Report(std::string_view key, std::string_view message);

  // Reports each key that no getter has asked for.
  void RejectUnknownKeys();

 private:
  [[nodiscard]] std::string PathOf(std::string_view key) const;
  const YamlEntry* Find(std::string_view key) const;
  const std::string* Scalar(std::string_view key);

  std::string path_;
  int line_;
  const YamlNode* node_;
  Problems* problems_;
  std::vector<std::string_view> known_keys_;
};

}  // namespace routellm::config
