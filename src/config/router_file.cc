#include "config/router_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "config/names.h"
#include "config/section.h"

namespace routellm::config {
namespace {

// "owner/name", as in the Python package's own example file.
bool LooksLikeHuggingFaceId(std::string_view path) {
  const std::size_t slash = path.find('/');
  return slash != std::string_view::npos && slash > 0 && path.front() != '.' &&
         path.front() != '~' && path.find('/', slash + 1) == std::string_view::npos &&
         slash + 1 < path.size() && path.find(".safetensors") == std::string_view::npos;
}

std::string CheckCheckpoint(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_regular_file(path, error)) return {};
  constexpr std::string_view kRemedy =
      "give the path of a safetensors file, or leave checkpoint_path out for the built-in "
      "checkpoint";
  if (std::filesystem::is_directory(path, error)) {
    return fmt::format("{} is a folder: {}", Printable(path), kRemedy);
  }
  if (LooksLikeHuggingFaceId(path)) {
    return fmt::format(
        "there is no file {0}. If it names a repository on Hugging Face: nothing is downloaded "
        "here; {1}",
        Printable(path), kRemedy);
  }
  return fmt::format("there is no file {}", Printable(path));
}

RouterConfig ReadRouter(Section section, const std::string& type) {
  RouterConfig router{type, {}};
  if (type == "mf") {
    if (const auto checkpoint = section.Text("checkpoint_path")) {
      if (const auto wrong = CheckCheckpoint(*checkpoint); !wrong.empty()) {
        section.Report("checkpoint_path", wrong);
      }
      router.options.checkpoint_path = *checkpoint;
    }
    router.options.strong_model = section.Text("strong_model").value_or("");
    router.options.weak_model = section.Text("weak_model").value_or("");
    for (const char* shape : {"hidden_size", "num_models", "text_dim", "num_classes", "use_proj"}) {
      (void)section.Text(shape);
    }
  }
  section.RejectUnknownKeys();
  return router;
}

}  // namespace

bool IsRouterFile(const YamlNode& root) {
  return !root.entries.empty() &&
         std::all_of(root.entries.begin(), root.entries.end(),
                     [](const YamlEntry& entry) { return IsPythonRouter(entry.key); });
}

std::vector<std::string> RouterFileNames(const YamlNode& root) {
  std::vector<std::string> names;
  for (const YamlEntry& entry : root.entries) names.push_back(entry.key);
  return names;
}

RouterMap ReadRouterFile(const YamlNode& root, const std::vector<std::string>& enabled,
                         const Environment& environment, Problems& problems) {
  RouterMap routers;
  Section section("", 0, root, problems);
  for (const YamlEntry& entry : section.entries()) {
    if (std::find(enabled.begin(), enabled.end(), entry.key) == enabled.end()) continue;
    if (entry.key == "sw_ranking") {
      section.Report(
          entry,
          "its data sets are on Hugging Face, and nothing is downloaded here: give it "
          "files of battles and embeddings in a configuration of this program's own form");
    } else if (const auto wrong = CheckRouterType(entry.key, environment); !wrong.empty()) {
      section.Report(entry, wrong);
    } else {
      routers.emplace(entry.key, ReadRouter(section.Child(entry), entry.key));
    }
  }
  return routers;
}

}  // namespace routellm::config
