#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "data/text_file.h"
#include "embedding/encoder_embedder.h"
#include "embedding/json_file.h"

namespace routellm::embedding {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

struct Module {
  std::string kind;  // the last part of its Python name
  fs::path folder;
};

Result<std::vector<Module>> ReadModules(const JsonFile& file, const fs::path& folder) {
  std::vector<Module> modules;
  for (const Json& entry : file.root()) {
    const Json type = entry.is_object() ? entry.value("type", Json()) : Json();
    const Json path = entry.is_object() ? entry.value("path", Json()) : Json();
    if (!type.is_string() || !path.is_string())
      return file.Invalid("has entries without type or path");
    const auto& name = type.get_ref<const std::string&>();
    modules.push_back({name.substr(name.rfind('.') + 1), folder / path.get<std::string>()});
  }
  const auto is = [&](std::size_t i, std::string_view kind) {
    return i < modules.size() && modules[i].kind == kind;
  };
  const bool known = is(0, "Transformer") && is(1, "Pooling") &&
                     (modules.size() == 2 || (modules.size() == 3 && is(2, "Normalize")));
  if (known) return modules;
  return file.Invalid("has other modules than Transformer, Pooling and perhaps Normalize");
}

Result<Pooling> ReadPooling(const fs::path& folder) {
  const auto file = JsonFile::Load(folder / "config.json");
  if (!file) return tl::unexpected(file.error());
  if (!file->root().is_object()) return file->Invalid("is no JSON object");
  std::vector<std::string> modes;
  for (const auto& [key, value] : file->root().items()) {
    if (key == "pooling_mode" && value.is_string()) modes.push_back(value.get<std::string>());
    if (key.starts_with("pooling_mode_") && value == Json(true)) modes.push_back(key.substr(13));
  }
  if (modes.size() == 1 && (modes[0] == "mean_tokens" || modes[0] == "mean")) return Pooling::kMean;
  if (modes.size() == 1 && (modes[0] == "cls_token" || modes[0] == "cls")) {
    return Pooling::kFirstToken;
  }
  return file->Invalid("asks for a pooling other than by mean_tokens or cls_token alone");
}

Result<void> RequireNoLowerCase(const fs::path& folder) {
  const auto file = JsonFile::LoadIfPresent(folder / "sentence_bert_config.json");
  if (!file) return tl::unexpected(file.error());
  const auto lower_case = file->Bool("do_lower_case", false);
  if (!lower_case) return tl::unexpected(lower_case.error());
  if (!*lower_case) return {};
  return file->Invalid("do_lower_case is not supported, only that of the tokenizer");
}

struct Folder {
  fs::path transformer;
  fs::path pooling;  // empty if none is described
  EncoderSettings settings;
};

Result<Folder> ReadModuleSettings(const fs::path& folder) {
  Folder found{folder, {}, {}};
  std::error_code error;
  if (!fs::exists(folder / "modules.json", error)) return found;
  const auto file = JsonFile::Load(folder / "modules.json");
  if (!file) return tl::unexpected(file.error());
  const auto modules = ReadModules(*file, folder);
  if (!modules) return tl::unexpected(modules.error());
  const auto pooling = ReadPooling((*modules)[1].folder);
  if (!pooling) return tl::unexpected(pooling.error());
  found.transformer = (*modules)[0].folder;
  found.pooling = (*modules)[1].folder;
  found.settings.pooling = *pooling;
  found.settings.normalize = modules->size() == 3;
  return found;
}

// The contents of all settings that a vector may depend on.
Result<void> AddFiles(const fs::path& folder, const Folder& found, Fnv1a& hash) {
  std::vector<fs::path> files{folder / "modules.json"};
  if (!found.pooling.empty()) files.push_back(found.pooling / "config.json");
  for (const char* name : {"config.json", "sentence_bert_config.json", "tokenizer.json",
                           "tokenizer_config.json", "sentencepiece.bpe.model", "vocab.txt"}) {
    files.push_back(found.transformer / name);
  }
  for (const fs::path& file : files) {
    std::error_code error;
    if (!fs::exists(file, error)) continue;
    const auto text = data::ReadTextFile(file);
    if (!text) return tl::unexpected(text.error());
    hash.Add(std::as_bytes(std::span(*text)));
  }
  return {};
}

}  // namespace

Result<EncoderEmbedder> EncoderEmbedder::Load(const fs::path& folder, EncoderOptions options) {
  auto found = ReadModuleSettings(folder);
  if (!found) return tl::unexpected(found.error());
  if (auto ok = RequireNoLowerCase(found->transformer); !ok) return tl::unexpected(ok.error());
  auto encoder = TextEncoder::Load(found->transformer, options.precision);
  if (!encoder) return tl::unexpected(encoder.error());
  found->settings.max_tokens = encoder->max_tokens();
  if (options.first_token) {
    found->settings.pooling = Pooling::kFirstToken;
    found->settings.normalize = false;
  }
  auto hash = encoder->model().weights_hash();
  if (auto ok = AddFiles(folder, *found, hash); !ok) return tl::unexpected(ok.error());
  return EncoderEmbedder(*std::move(encoder), found->settings, options, hash.value());
}

}  // namespace routellm::embedding
