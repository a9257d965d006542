#include "config/provider.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "config/base_url.h"
#include "config/problems.h"

namespace routellm::config {
namespace {

constexpr std::array kProviders{
    Provider{"openai", "https://api.openai.com/v1", "OPENAI_API_KEY"},
    Provider{"anthropic", "https://api.anthropic.com/v1", "ANTHROPIC_API_KEY"},
    Provider{"gemini", "https://generativelanguage.googleapis.com/v1beta/openai", "GEMINI_API_KEY"},
    Provider{"mistral", "https://api.mistral.ai/v1", "MISTRAL_API_KEY"},
    Provider{"together", "https://api.together.xyz/v1", "TOGETHER_API_KEY"},
    Provider{"groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY"},
    Provider{"fireworks", "https://api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY"},
    Provider{"deepseek", "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"},
    Provider{"openrouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"},
    Provider{"perplexity", "https://api.perplexity.ai", "PERPLEXITY_API_KEY"},
    Provider{"xai", "https://api.x.ai/v1", "XAI_API_KEY"},
    Provider{"azure", "", "AZURE_API_KEY"},
    Provider{"ollama", "http://127.0.0.1:11434/v1", ""},
    Provider{"vllm", "http://127.0.0.1:8000/v1", ""},
    Provider{"lmstudio", "http://127.0.0.1:1234/v1", ""},
};

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kAliases{{
    {"together_ai", "together"},
    {"fireworks_ai", "fireworks"},
    {"hosted_vllm", "vllm"},
    {"lm_studio", "lmstudio"},
    {"ollama_chat", "ollama"},
}};

constexpr std::size_t kMaxModelBytes = 256;

bool IsPrintable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

bool IsVisible(std::string_view text) {
  return IsPrintable(text) && text.find(' ') == std::string_view::npos;
}

bool IsUnreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

std::string PercentEncode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    encoded +=
        IsUnreserved(c) ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

std::optional<std::string> NonEmptyVariable(const Environment& environment, std::string_view name) {
  auto value = environment.variable(std::string(name));
  return value && !value->empty() ? value : std::nullopt;
}

std::string UnknownProvider(std::string_view prefix) {
  if (prefix == "anyscale") {
    return "the provider anyscale closed its public endpoints in 2024: name another provider of "
           "this "
           "model";
  }
  std::vector<std::string_view> names;
  names.reserve(std::size(kProviders));
  for (const Provider& provider : kProviders) names.push_back(provider.name);
  return fmt::format(
      "unknown provider '{}'{}: known are {}; a base URL makes any other OpenAI-compatible server "
      "usable",
      Printable(prefix), DidYouMean(prefix, names), Join(names));
}

// The provider of `spec.model`; cuts its prefix off `model`.
const Provider* SplitModel(const ModelSpec& spec, std::string& model, const ReportField& report) {
  const Provider* openai = FindProvider("openai");
  model = spec.model;
  const std::size_t slash = spec.model.find('/');
  if (slash != std::string::npos) {
    const std::string prefix = spec.model.substr(0, slash);
    const Provider* provider = FindProvider(prefix);
    if (provider != nullptr) {
      model = spec.model.substr(slash + 1);
    } else if (!spec.base_url || prefix == "anyscale") {
      report("model", UnknownProvider(prefix));
      return openai;
    }
    openai = provider != nullptr ? provider : openai;
  }
  if (model.empty()) {
    report("model", "the name of the model is missing");
  } else if (!IsPrintable(model) || model.size() > kMaxModelBytes) {
    report("model",
           fmt::format("a model's name is up to {} printable ASCII characters", kMaxModelBytes));
  }
  return openai;
}

std::string AzureTarget(const ModelSpec& spec, const Environment& environment, std::string path,
                        std::string_view deployment, const ReportField& report) {
  const bool versionless = EndsWith(path, "/openai/v1");
  std::string version =
      spec.api_version.value_or(versionless ? ""
                                            : NonEmptyVariable(environment, "AZURE_API_VERSION")
                                                  .value_or(std::string(kAzureApiVersion)));
  if (!std::all_of(version.begin(), version.end(), IsUnreserved)) {
    report("api_version", "not an API version: expected e.g. " + std::string(kAzureApiVersion));
  }
  if (!version.empty()) version.insert(0, "?api-version=");
  if (versionless) return fmt::format("{}/{}{}", path, spec.resource, version);
  if (!EndsWith(path, "/openai")) path += "/openai";
  return fmt::format("{}/deployments/{}/{}{}", path, PercentEncode(deployment), spec.resource,
                     version);
}

struct Address {
  BaseUrl url;
  bool usual = true;  // the provider's own: its key may go there
};

std::optional<Address> FindAddress(const ModelSpec& spec, const Provider& provider,
                                   const Environment& environment, const ReportField& report) {
  std::string text(provider.base_url);
  std::string origin;
  if (spec.base_url) {
    text = *spec.base_url;
  } else if (provider.name == "azure") {
    text = NonEmptyVariable(environment, "AZURE_API_BASE").value_or("");
    origin = "the variable AZURE_API_BASE: ";
  }
  if (text.empty() && !spec.base_url) {
    report("base_url",
           "azure needs the address of the resource, e.g. https://NAME.openai.azure.com (or "
           "AZURE_API_BASE)");
    return std::nullopt;
  }
  auto url = ParseBaseUrl(text);
  if (!url) {
    report("base_url", origin + url.error().public_message);
    return std::nullopt;
  }
  const auto own = ParseBaseUrl(provider.base_url);
  const bool usual = !own || (url->tls == own->tls && url->host == own->host);
  return Address{std::move(*url), usual};
}

void SetKey(const std::string& key, std::string_view field, const std::string& subject,
            Endpoint& endpoint, const ReportField& report) {
  if (!IsVisible(key)) {
    report(field, subject + " holds a space, a line break or another character that no key has");
    return;
  }
  const bool azure = endpoint.provider == "azure";
  endpoint.auth_header = (azure ? "api-key: " : "authorization: Bearer ") + key;
}

void ReadVariable(const std::string& name, const Environment& environment, Endpoint& endpoint,
                  const ReportField& report) {
  endpoint.key_variable = name;
  if (const auto key = NonEmptyVariable(environment, name)) {
    SetKey(*key, "api_key_env", "the value of " + name, endpoint, report);
  }
}

void Authorize(const ModelSpec& spec, const Provider& provider, const Environment& environment,
               bool usual_address, Endpoint& endpoint, const ReportField& report) {
  if (spec.api_key) return SetKey(*spec.api_key, "api_key", "the key", endpoint, report);
  if (spec.api_key_env) {
    if (!IsVariableName(*spec.api_key_env)) {
      report("api_key_env",
             "not the name of an environment variable (A-Z, 0-9, _): is it the key itself?");
      return;
    }
    return ReadVariable(*spec.api_key_env, environment, endpoint, report);
  }
  endpoint.forward_authorization = spec.key_source == KeySource::kClient;
  const bool provider_key = spec.key_source == KeySource::kProvider;
  const bool provider_key_if_set = spec.key_source == KeySource::kProviderIfSet;
  if (provider.key_variable.empty() || (!provider_key && !provider_key_if_set)) return;
  const std::string variable(provider.key_variable);
  if (provider_key_if_set && !NonEmptyVariable(environment, variable)) return;
  if (provider_key && !usual_address) {
    report("base_url",
           fmt::format("{} is for another address: say which key goes to {} (api_key_env: NAME, "
                       "auth: client or auth: none)",
                       variable, endpoint.host));
    return;
  }
  ReadVariable(variable, environment, endpoint, report);
}

}  // namespace

std::span<const Provider> Providers() { return kProviders; }

const Provider* FindProvider(std::string_view name) {
  for (const auto& [alias, real_name] : kAliases) {
    if (name == alias) name = real_name;
  }
  const auto found =
      std::find_if(kProviders.begin(), kProviders.end(),
                   [name](const Provider& provider) { return provider.name == name; });
  return found == kProviders.end() ? nullptr : &*found;
}

Endpoint ResolveEndpoint(const ModelSpec& spec, const Environment& environment,
                         const ReportField& report) {
  Endpoint endpoint;
  const Provider& provider = *SplitModel(spec, endpoint.upstream_model, report);
  endpoint.provider = provider.name;
  if (spec.api_version && provider.name != "azure") {
    report("api_version", "only azure has API versions");
  }
  const auto address = FindAddress(spec, provider, environment, report);
  if (address) {
    endpoint.tls = address->url.tls;
    endpoint.host = address->url.host;
    endpoint.port = address->url.port;
    endpoint.target =
        provider.name == "azure"
            ? AzureTarget(spec, environment, address->url.path, endpoint.upstream_model, report)
            : fmt::format("{}/{}", address->url.path, spec.resource);
  }
  Authorize(spec, provider, environment, !address || address->usual, endpoint, report);
  return endpoint;
}

bool IsVariableName(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !text.empty() && !(text[0] >= '0' && text[0] <= '9') &&
         std::all_of(text.begin(), text.end(), allowed);
}

}  // namespace routellm::config
