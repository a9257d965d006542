#include "training/model_sides.h"

#include <nlohmann/json.hpp>

#include "data/text_file.h"

namespace routellm::training {

Result<SidesBySource> LoadSidesBySource(const std::string& path) {
  const auto text = data::ReadTextFile(path);
  if (!text) return tl::unexpected(text.error());
  const auto invalid = [&](const std::string& what) {
    return Fail(ErrorCode::kInvalidData, path + ": " + what);
  };
  SidesBySource sides;
  try {
    const auto json = nlohmann::json::parse(*text);
    for (const auto& [source, entry] : json.items()) {
      ModelSides& of_source = sides[source];
      entry.at("strong").get_to(of_source.strong);
      entry.at("weak").get_to(of_source.weak);
      if (of_source.strong.empty() || of_source.weak.empty())
        return invalid("names no model on one side of '" + source + "'");
    }
  } catch (const nlohmann::json::exception&) {
    return invalid("is not a map of sources to lists of strong and of weak models");
  }
  if (sides.empty()) return invalid("names no source");
  return sides;
}

}  // namespace routellm::training
