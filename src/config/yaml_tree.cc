#include "config/yaml_tree.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <sstream>
#include <utility>

namespace routellm::config {
namespace {

// Builds the tree from the parser's events. The parser recurses, so that too deep an input must be
// stopped from within it.
class TreeBuilder : public YAML::EventHandler {
 public:
  YamlNode TakeRoot() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    if (ExpectsKey()) Fail(mark, "a key must not be empty");
    Place(mark, YamlNode::Kind::kNull);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Fail(mark, "aliases (*name) are not supported: write the value out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                const std::string& value) override {
    if (ExpectsKey()) {
      open_.back()->entries.push_back({value, mark.line + 1, {}});
      key_is_open_ = true;
    } else {
      Place(mark, YamlNode::Kind::kScalar).scalar = value;
    }
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    Open(mark, YamlNode::Kind::kSequence);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    Open(mark, YamlNode::Kind::kMap);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  [[noreturn]] static void Fail(const YAML::Mark& mark, const std::string& message) {
    throw YAML::ParserException(mark, message);
  }

  [[nodiscard]] bool ExpectsKey() const {
    return !open_.empty() && open_.back()->kind == YamlNode::Kind::kMap && !key_is_open_;
  }

  YamlNode& Place(const YAML::Mark& mark, YamlNode::Kind kind) {
    YamlNode* node = &root_;
    if (!open_.empty()) {
      YamlNode& parent = *open_.back();
      node = parent.kind == YamlNode::Kind::kMap ? &parent.entries.back().value
                                                 : &parent.items.emplace_back();
    }
    node->kind = kind;
    node->line = mark.line + 1;
    key_is_open_ = false;
    return *node;
  }

  void Open(const YAML::Mark& mark, YamlNode::Kind kind) {
    if (ExpectsKey()) Fail(mark, "a key must be plain text");
    if (open_.size() == kMaxYamlDepth) Fail(mark, "too deeply nested");
    open_.push_back(&Place(mark, kind));
  }

  YamlNode root_;
  std::vector<YamlNode*> open_;  // the maps and sequences that are not yet closed, outermost first
  bool key_is_open_ = false;     // the innermost map has a key whose value is still to come
};

}  // namespace

std::optional<YamlNode> ParseYaml(std::string_view text, Problems& problems) {
  if (text.size() > kMaxYamlBytes) {
    problems.Add("", 0, fmt::format("the file is larger than {} bytes", kMaxYamlBytes));
    return std::nullopt;
  }
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    TreeBuilder builder;
    TreeBuilder second;
    if (!parser.HandleNextDocument(builder)) {
      problems.Add("", 0, "the file is empty");
    } else if (parser.HandleNextDocument(second)) {
      problems.Add("", 0, "the file holds more than one YAML document");
    } else {
      return builder.TakeRoot();
    }
  } catch (const YAML::Exception& error) {
    problems.Add("", error.mark.line + 1, Printable(error.msg));
  }
  return std::nullopt;
}

}  // namespace routellm::config
