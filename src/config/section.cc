#include "config/section.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "config/units.h"

namespace routellm::config {
namespace {

const YamlNode& EmptyMap() {
  static const YamlNode empty{YamlNode::Kind::kMap, 0, {}, {}, {}};
  return empty;
}

std::string DescribeSize(std::uint64_t bytes) {
  for (const auto& [name, factor] :
       {std::pair("GiB", 1ULL << 30), {"MiB", 1ULL << 20}, {"KiB", 1ULL << 10}}) {
    if (bytes >= factor && bytes % factor == 0) return fmt::format("{}{}", bytes / factor, name);
  }
  return fmt::format("{}B", bytes);
}

}  // namespace

Section::Section(std::string path, int line, const YamlNode& node, Problems& problems)
    : path_(std::move(path)), line_(line), node_(&node), problems_(&problems) {
  if (node.kind != YamlNode::Kind::kMap) {
    if (node.kind != YamlNode::Kind::kNull)
      problems.Add(path_, line, "must be a map of keys and values");
    node_ = &EmptyMap();
  }
  if (node_->entries.size() > kMaxEntries) {
    problems.Add(path_, line, fmt::format("has more than {} entries", kMaxEntries));
    node_ = &EmptyMap();
  }
  std::set<std::string_view> seen;
  for (const YamlEntry& entry : node_->entries) {
    if (!seen.insert(entry.key).second)
      problems.Add(PathOf(entry.key), entry.line, "is given twice");
  }
}

std::string Section::PathOf(std::string_view key) const {
  return path_.empty() ? Printable(key) : path_ + "." + Printable(key);
}

const YamlEntry* Section::Find(std::string_view key) const {
  const auto found = std::find_if(node_->entries.begin(), node_->entries.end(),
                                  [key](const YamlEntry& entry) { return entry.key == key; });
  return found == node_->entries.end() ? nullptr : &*found;
}

bool Section::Has(std::string_view key) const { return Find(key) != nullptr; }

void Section::Report(std::string_view key, std::string_view message) {
  const YamlEntry* entry = Find(key);
  problems_->Add(PathOf(key), entry != nullptr ? entry->line : line_, message);
}

void Section::Report(const YamlEntry& entry, std::string_view message) {
  problems_->Add(PathOf(entry.key), entry.line, message);
}

Section Section::Child(const YamlEntry& entry) {
  return Section(PathOf(entry.key), entry.line, entry.value, *problems_);
}

const std::string* Section::Scalar(std::string_view key) {
  known_keys_.push_back(key);
  const YamlEntry* entry = Find(key);
  if (entry == nullptr) return nullptr;
  switch (entry->value.kind) {
    case YamlNode::Kind::kScalar:
      return &entry->value.scalar;
    case YamlNode::Kind::kNull:
      Report(key, "has no value");
      return nullptr;
    case YamlNode::Kind::kSequence:
    case YamlNode::Kind::kMap:
      Report(key, "must be a single value");
      return nullptr;
  }
  return nullptr;
}

std::optional<std::string> Section::Text(std::string_view key) {
  const std::string* text = Scalar(key);
  if (text == nullptr) return std::nullopt;
  if (text->empty()) Report(key, "is empty");
  return text->empty() ? std::nullopt : std::optional(*text);
}

std::optional<std::string> Section::RequiredText(std::string_view key) {
  if (!Has(key)) Report(key, "is missing");
  return Text(key);
}

std::optional<bool> Section::Flag(std::string_view key) {
  const std::string* text = Scalar(key);
  if (text == nullptr) return std::nullopt;
  if (*text == "true" || *text == "false") return *text == "true";
  Report(key, "must be true or false");
  return std::nullopt;
}

std::optional<double> Section::Number(std::string_view key) {
  const std::string* text = Scalar(key);
  if (text == nullptr) return std::nullopt;
  const auto number = ParseNumber(*text);
  if (!number) Report(key, fmt::format("'{}' is not a number of at least 0", Printable(*text)));
  return number;
}

std::optional<std::uint64_t> Section::Integer(std::string_view key, std::uint64_t min,
                                              std::uint64_t max) {
  const std::string* text = Scalar(key);
  if (text == nullptr) return std::nullopt;
  const auto number = ParseInteger(*text);
  if (number && *number >= min && *number <= max) return number;
  Report(key, fmt::format("'{}' is not a whole number from {} to {}", Printable(*text), min, max));
  return std::nullopt;
}

std::optional<std::uint64_t> Section::Size(std::string_view key, std::uint64_t min,
                                           std::uint64_t max) {
  const std::string* text = Scalar(key);
  if (text == nullptr) return std::nullopt;
  const auto size = ParseSize(*text);
  if (size && *size >= min && *size <= max) return size;
  Report(key, fmt::format("'{}' is not a size from {} to {}, such as 32KiB or 10MB",
                          Printable(*text), DescribeSize(min), DescribeSize(max)));
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> Section::Duration(std::string_view key,
                                                           std::chrono::milliseconds min) {
  const std::string* text = Scalar(key);
  if (text == nullptr) return std::nullopt;
  const auto duration = ParseDuration(*text);
  if (duration && *duration >= min) return duration;
  Report(key, fmt::format("'{}' is not a duration from {}ms to 24h, such as 500ms, 5s or 2m",
                          Printable(*text), min.count()));
  return std::nullopt;
}

std::optional<std::vector<std::string>> Section::Texts(std::string_view key) {
  known_keys_.push_back(key);
  const YamlEntry* entry = Find(key);
  if (entry == nullptr) return std::nullopt;
  std::vector<std::string> texts;
  for (const YamlNode& item : entry->value.items) texts.push_back(item.scalar);
  const bool has_empty = std::find(texts.begin(), texts.end(), std::string()) != texts.end();
  if (!texts.empty() && !has_empty) return texts;
  Report(key, "must be a list of texts, such as [python3, score.py]");
  return std::nullopt;
}

std::optional<Section> Section::Child(std::string_view key) {
  known_keys_.push_back(key);
  const YamlEntry* entry = Find(key);
  if (entry == nullptr) return std::nullopt;
  return Child(*entry);
}

void Section::RejectUnknownKeys() {
  for (const YamlEntry& entry : node_->entries) {
    if (std::find(known_keys_.begin(), known_keys_.end(), entry.key) != known_keys_.end()) continue;
    Report(entry, "unknown key" + DidYouMean(entry.key, known_keys_));
  }
}

}  // namespace routellm::config
