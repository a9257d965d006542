#include "cli/embedder_flags.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "cli/serve_flags.h"
#include "config/provider.h"
#include "evidence_client/make_embedder.h"

namespace routellm::cli {
namespace {

Result<config::Endpoint> ReadRemote(const EmbedderFlags& flags) {
  std::optional<std::string> problem;
  const config::ModelSpec spec{
      .model = flags.model,
      .base_url = flags.base_url,
      .api_version = {},
      .api_key_env = flags.key_variable,
      .api_key = {},
      .key_source = flags.base_url ? config::KeySource::kNone : config::KeySource::kProvider,
      .resource = "embeddings"};
  auto endpoint = config::ResolveEndpoint(
      spec, SystemEnvironment(), [&](std::string_view field, const std::string& message) {
        const char* flag = field == "base_url"      ? "--embedding-url"
                           : field == "api_key_env" ? "--embedding-key-env"
                                                    : "--embedding-model";
        if (!problem) problem = fmt::format("{}: {}", flag, message);
      });
  if (!problem && !endpoint.key_variable.empty() && endpoint.auth_header.empty()) {
    problem = fmt::format("the key variable {} is not set", endpoint.key_variable);
  }
  if (problem) return Fail(ErrorCode::kInvalidRequest, *std::move(problem));
  return endpoint;
}

}  // namespace

embedding::Precision PrecisionOf(const EmbedderFlags& flags) {
  return flags.precision == "int8" ? embedding::Precision::kInt8 : embedding::Precision::kFloat;
}

Result<config::EmbedderConfig> ReadEmbedderFlags(const EmbedderFlags& flags) {
  const bool encoder = flags.embedder == "encoder";
  if (encoder == flags.model_folder.empty()) {
    return Fail(ErrorCode::kInvalidRequest,
                encoder ? "--embedder encoder needs --model-dir, the folder of its model"
                        : "--model-dir is for --embedder encoder");
  }
  config::EmbedderConfig config{.model_folder = flags.model_folder,
                                .precision = PrecisionOf(flags),
                                .first_token = flags.first_token,
                                .dimensions = flags.dimensions};
  if (encoder) {
    config.kind = config::EmbedderKind::kEncoder;
  } else if (flags.embedder == "remote") {
    config.kind = config::EmbedderKind::kRemote;
    auto endpoint = ReadRemote(flags);
    if (!endpoint) return tl::unexpected(std::move(endpoint.error()));
    config.endpoint = *std::move(endpoint);
  }
  return config;
}

Result<std::unique_ptr<const embedding::Embedder>> MakeEmbedder(const EmbedderFlags& flags) {
  return ReadEmbedderFlags(flags).and_then(evidence_client::MakeEmbedder);
}

CLI::Option* AddEmbedderOptions(CLI::App& command, EmbedderFlags& flags, const std::string& help,
                                bool none) {
  std::vector<std::string> kinds{"hashed", "encoder", "remote"};
  if (none) kinds.emplace_back("none");
  auto* embedder =
      command
          .add_option("--embedder", flags.embedder,
                      help +
                          ": hashed (built in), encoder (a model of the BERT or XLM-RoBERTa "
                          "family, on this "
                          "machine's processor) or remote (an OpenAI-compatible server)" +
                          (none ? ", or none" : ""))
          ->check(CLI::IsMember(kinds));
  command
      .add_option("--model-dir", flags.model_folder,
                  "Model of the encoder: a folder of Hugging Face's form with config.json, "
                  "model.safetensors and tokenizer.json, vocab.txt or sentencepiece.bpe.model")
      ->type_name("DIR");
  command
      .add_option("--embedding-model", flags.model,
                  "Model of the remote embedder: PROVIDER/MODEL, or a model of openai")
      ->capture_default_str()
      ->needs(embedder);
  command
      .add_option("--embedding-url", flags.base_url,
                  "Address of its API, such as http://10.0.0.5:8000/v1; default: the provider's")
      ->type_name("URL")
      ->needs(embedder);
  command
      .add_option("--embedding-key-env", flags.key_variable,
                  "Environment variable with its key; default: the provider's, or none with "
                  "--embedding-url")
      ->type_name("NAME")
      ->needs(embedder);
  command
      .add_option("--embedding-dimensions", flags.dimensions,
                  "Numbers of a vector, of hashed, or of a remote model that can give fewer")
      ->check(CLI::Range(1, 65536))
      ->needs(embedder);
  command
      .add_option("--precision", flags.precision,
                  "In which the encoder's layers are kept and multiplied: float or int8, which is "
                  "quicker and a little less exact")
      ->check(CLI::IsMember({"float", "int8"}))
      ->capture_default_str();
  return embedder;
}

}  // namespace routellm::cli
