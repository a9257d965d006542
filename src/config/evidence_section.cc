#include "config/evidence_section.h"

#include <fmt/format.h>
#include <unistd.h>

#include <sstream>
#include <string>
#include <system_error>
#include <utility>

namespace routellm::config {
namespace {

constexpr std::uint64_t kMaxWaiting = 1'000'000;
constexpr std::uint64_t kMaxCache = std::uint64_t{64} << 30;
constexpr std::uint64_t kMaxDimensions = 65'536;
constexpr std::uint64_t kScores = 5;
constexpr std::uint64_t kMaxTopLogprobs = 1'000;

KeySource ReadKeySource(Section& model) {
  const auto auth = model.Text("auth");
  if (!auth) return KeySource::kProvider;
  if (model.Has("api_key_env")) model.Report("auth", "does not go with api_key_env");
  if (*auth == "client") return KeySource::kClient;
  if (*auth == "none") return KeySource::kNone;
  model.Report("auth", fmt::format("'{}' is neither client nor none", Printable(*auth)));
  return KeySource::kProvider;
}

// As ReadEndpoint, but the gateway's own key is needed: there may be no client.
Endpoint ReadOwnEndpoint(Section& section, const Environment& environment, ModelSpec spec) {
  Endpoint endpoint = ReadEndpoint(section, environment, std::move(spec));
  if (endpoint.forward_authorization)
    section.Report("auth", "evidence is not asked for with the client's key: use api_key_env");
  return endpoint;
}

EvidenceLimits ReadEvidenceLimits(Section& section, bool cached) {
  EvidenceLimits limits;
  limits.timeout =
      section.Duration("timeout", std::chrono::milliseconds(1)).value_or(limits.timeout);
  limits.max_waiting = section.Integer("max_waiting", 1, kMaxWaiting).value_or(limits.max_waiting);
  limits.cache_bytes =
      cached ? section.Size("cache", 0, kMaxCache).value_or(limits.cache_bytes) : 0;
  return limits;
}

std::string ReadFolder(Section& section, std::string_view key, const std::string& name,
                       const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / name;
  std::error_code error;
  if (!std::filesystem::is_directory(path, error))
    section.Report(key, "there is no folder " + Printable(path.string()));
  return path.string();
}

bool IsExecutable(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0;
}

// Whether a program of that name can be started in `directory`: as a path, if it has a slash, else
// from PATH.
bool IsProgram(const std::string& name, const Environment& environment,
               const std::filesystem::path& directory) {
  if (name.find('/') != std::string::npos) return IsExecutable(directory / name);
  std::istringstream folders(environment.variable("PATH").value_or("/bin:/usr/bin"));
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (IsExecutable(directory / folder / name)) return true;
  }
  return false;
}

}  // namespace

Endpoint ReadEndpoint(Section& section, const Environment& environment, ModelSpec spec) {
  const auto model = spec.model.empty() || section.Has("model") ? section.RequiredText("model")
                                                                : std::optional(spec.model);
  spec.base_url = section.Text("base_url");
  spec.api_version = section.Text("api_version");
  spec.api_key_env = section.Text("api_key_env");
  spec.key_source = ReadKeySource(section);
  if (section.Has("api_key")) {
    (void)section.Text("api_key");
    section.Report(
        "api_key",
        "a key does not belong into the file: put it into an environment variable and name that "
        "(api_key_env: NAME)");
  }
  if (!model) return {};
  spec.model = *model;
  return ResolveEndpoint(spec, environment, [&](std::string_view key, const std::string& message) {
    section.Report(key, message);
  });
}

embedding::Precision ReadPrecision(Section& section, bool int4) {
  const std::string precision = section.Text("precision").value_or("float");
  if (precision == "int8") return embedding::Precision::kInt8;
  if (precision == "int4" && int4) return embedding::Precision::kInt4;
  if (precision != "float")
    section.Report("precision", int4 ? "must be float, int8 or int4" : "must be float or int8");
  return embedding::Precision::kFloat;
}

EmbedderConfig ReadEmbedder(Section section, const Environment& environment,
                            const std::filesystem::path& directory) {
  EmbedderConfig embedder;
  const auto kind = section.RequiredText("kind");
  const bool remote = kind == "remote";
  const bool encoder = kind == "encoder";
  if (kind && !remote && !encoder && kind != "hashed") {
    section.Report("kind",
                   fmt::format("there is no embedder '{}': known are hashed, encoder, remote",
                               Printable(*kind)));
  }
  if (!kind || (!remote && !encoder && kind != "hashed")) return embedder;
  if (remote) {
    embedder.kind = EmbedderKind::kRemote;
    ModelSpec spec;
    spec.resource = "embeddings";
    embedder.endpoint = ReadOwnEndpoint(section, environment, std::move(spec));
  }
  if (encoder) {
    embedder.kind = EmbedderKind::kEncoder;
    if (const auto folder = section.RequiredText("model_dir"))
      embedder.model_folder = ReadFolder(section, "model_dir", *folder, directory);
    embedder.precision = ReadPrecision(section);
  } else {
    embedder.dimensions = section.Integer("dimensions", 1, kMaxDimensions).value_or(0);
  }
  embedder.limits = ReadEvidenceLimits(section, remote || encoder);
  section.RejectUnknownKeys();
  return embedder;
}

ScoringModelConfig ReadScoringModel(Section& section, const Environment& environment,
                                    const std::filesystem::path& directory,
                                    ScoringModelConfig scoring, std::string default_model) {
  if (const auto api = section.Text("api")) {
    if (*api != "chat" && *api != "completions")
      section.Report("api", fmt::format("'{}' is neither chat nor completions", Printable(*api)));
    scoring.api = *api == "completions" ? ScoringApi::kCompletions : ScoringApi::kChat;
  }
  if (const auto labels = section.Text("labels")) {
    if (*labels != "tokens" && *labels != "digits")
      section.Report("labels",
                     fmt::format("'{}' is neither tokens nor digits", Printable(*labels)));
    scoring.labels = *labels == "digits" ? ScoreLabels::kDigits : ScoreLabels::kTokens;
  }
  if (const auto prefill = section.Flag("prefill")) {
    if (scoring.labels == ScoreLabels::kTokens || scoring.api == ScoringApi::kCompletions)
      section.Report("prefill", "applies to labels: digits in a chat only");
    scoring.prefill = *prefill;
  }
  scoring.top_logprobs =
      section.Integer("top_logprobs", kScores, kMaxTopLogprobs).value_or(scoring.top_logprobs);
  if (const auto folder = section.Text("prompts"))
    scoring.prompt_folder = ReadFolder(section, "prompts", *folder, directory);
  ModelSpec spec;
  spec.model = std::move(default_model);
  spec.resource = scoring.api == ScoringApi::kChat ? "chat/completions" : "completions";
  scoring.endpoint = ReadOwnEndpoint(section, environment, std::move(spec));
  scoring.limits = ReadEvidenceLimits(section, /*cached=*/true);
  return scoring;
}

CommandConfig ReadCommand(Section& section, const Environment& environment,
                          const std::filesystem::path& directory) {
  CommandConfig config;
  config.folder = directory.string();
  if (!section.Has("command")) {
    section.Report("command", "is missing: the program and its arguments, as a list");
  } else if (const auto command = section.Texts("command")) {
    if (!IsProgram(command->front(), environment, directory))
      section.Report("command", "there is no program " + Printable(command->front()));
    config.command = *command;
  }
  config.limits = ReadEvidenceLimits(section, /*cached=*/false);
  return config;
}

}  // namespace routellm::config
