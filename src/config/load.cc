#include "config/load.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "config/config_file.h"
#include "config/yaml_tree.h"

namespace routellm::config {
namespace {

Result<std::string> ReadText(const std::filesystem::path& path) {
  const auto failure = [&path] {
    return Fail(ErrorCode::kInvalidRequest, fmt::format("cannot read {}", path.string()),
                std::strerror(errno));
  };
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) errno = EISDIR;
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path, error)) return failure();
  // One byte more than a file may have, so that ParseYaml sees that it is too large.
  std::string text(kMaxYamlBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return failure();
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

Result<YamlNode> ReadTree(const std::filesystem::path& path) {
  const auto text = ReadText(path);
  if (!text) return tl::unexpected(text.error());
  Problems problems;
  auto root = ParseYaml(*text, problems);
  if (!root) return problems.ToError(ErrorCode::kInvalidData, path.string());
  return std::move(*root);
}

// Reports the flags that say what the file says.
void RejectModelFlags(const ServeFlags& flags, Problems& problems) {
  const std::array<std::pair<std::string_view, bool>, 8> given{{
      {"--routers", !flags.routers.empty()},
      {"--strong-model", flags.strong_model.has_value()},
      {"--weak-model", flags.weak_model.has_value()},
      {"--base-url", flags.base_url.has_value()},
      {"--api-key", flags.api_key.has_value()},
      {"--router", flags.router.has_value()},
      {"--threshold", flags.threshold.has_value()},
      {"--strong-model-pct", flags.strong_model_pct.has_value()},
  }};
  for (const auto& [flag, is_given] : given) {
    if (is_given) problems.Add(flag, 0, "does not go with a configuration file: set it there");
  }
}

Result<Config> FromFlags(const ServeFlags& flags, const RouterMap& routers,
                         const Environment& environment) {
  Problems problems;
  Config config = ConfigFromFlags(flags, routers, environment, problems);
  if (!problems.empty()) return problems.ToError(ErrorCode::kInvalidRequest, "the command line");
  return config;
}

Result<Config> FromFile(const ServeFlags& flags, const Environment& environment) {
  const std::filesystem::path path = *flags.config;
  const auto root = ReadTree(path);
  if (!root) return tl::unexpected(root.error());
  Problems problems;
  if (IsRouterFile(*root)) {
    const RouterMap routers = ReadRouterFile(*root, EnabledRouters(flags), environment, problems);
    if (!problems.empty()) return problems.ToError(ErrorCode::kInvalidData, path.string());
    return FromFlags(flags, routers, environment);
  }
  Config config = ReadConfig(*root, path.parent_path(), environment, problems);
  if (!problems.empty()) return problems.ToError(ErrorCode::kInvalidData, path.string());
  RejectModelFlags(flags, problems);
  ApplyServerFlags(flags, config, problems);
  if (!problems.empty()) return problems.ToError(ErrorCode::kInvalidRequest, "the command line");
  return config;
}

}  // namespace

Result<Config> LoadConfig(const ServeFlags& flags, const Environment& environment) {
  auto config = flags.config ? FromFile(flags, environment) : FromFlags(flags, {}, environment);
  if (!config) return config;
  const Problems missing = MissingKeys(*config);
  if (!missing.empty()) return missing.ToError(ErrorCode::kInvalidData, "the environment");
  return config;
}

Result<Config> ReadConfigFile(const std::filesystem::path& path, const Environment& environment) {
  const auto root = ReadTree(path);
  if (!root) return tl::unexpected(root.error());
  Problems problems;
  Config config;
  if (IsRouterFile(*root)) {
    config.routers = ReadRouterFile(*root, RouterFileNames(*root), environment, problems);
  } else {
    config = ReadConfig(*root, path.parent_path(), environment, problems);
  }
  if (!problems.empty()) return problems.ToError(ErrorCode::kInvalidData, path.string());
  return config;
}

Problems MissingKeys(const Config& config) {
  Problems missing;
  const auto check = [&](const std::string& name, const Endpoint& endpoint) {
    if (!endpoint.key_variable.empty() && endpoint.auth_header.empty())
      missing.Add(name, 0, fmt::format("its key variable {} is not set", endpoint.key_variable));
  };
  for (const auto& [name, model] : config.models) check(name, model.endpoint);
  for (const auto& [name, embedder] : config.embedders)
    check("embedders." + name, embedder.endpoint);
  for (const auto& [name, router] : config.routers) {
    if (router.scoring_model) check("routers." + name, router.scoring_model->endpoint);
  }
  return missing;
}

}  // namespace routellm::config
