// The providers known by prefix, and how the name of a model becomes an endpoint.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/endpoint.h"
#include "config/environment.h"

namespace routellm::config {

// A service with an OpenAI-compatible API.
struct Provider {
  std::string_view name;          // the prefix in "provider/model"
  std::string_view base_url;      // its usual address; empty: none (azure)
  std::string_view key_variable;  // its usual variable; empty: it needs no key
};

// In the order in which messages show them.
[[nodiscard]] std::span<const Provider> Providers();

// The provider of that name or alias ("together_ai" is together, "fireworks_ai" fireworks,
// "hosted_vllm" vllm, "lm_studio" lmstudio, "ollama_chat" ollama); null if there is none.
[[nodiscard]] const Provider* FindProvider(std::string_view name);

// Which key a model's requests carry where neither `api_key` nor `api_key_env` is given.
enum class KeySource {
  kProvider,       // the provider's usual variable, towards its usual address only (azure: any)
  kProviderIfSet,  // the same, if it is set, towards any address
  kClient,         // the client's own Authorization header
  kNone,
};

// A model as the operator names it.
struct ModelSpec {
  std::string model;  // "provider/model", or the model's name alone: then of openai
  std::optional<std::string> base_url;
  std::optional<std::string>
      api_version;  // azure; default: AZURE_API_VERSION, else kAzureApiVersion
  std::optional<std::string> api_key_env;
  std::optional<std::string> api_key;
  KeySource key_source = KeySource::kProvider;
  std::string_view resource = "chat/completions";  // of the API, behind its address
};

inline constexpr std::string_view kAzureApiVersion = "2024-10-21";

// Takes a member of ModelSpec ("model", "base_url", "api_version", "api_key_env", "api_key") and
// what is wrong with it.
using ReportField = std::function<void(std::string_view field, const std::string& message)>;

// The endpoint that `spec` means. Reports everything that is wrong; the endpoint is usable only if
// nothing was reported. A key variable that is not set is not reported: `key_variable` is then set
// and `auth_header` empty.
//
// Without a base URL the prefix must be a known provider's. With one, an unknown prefix belongs to
// the model's own name
// ("meta-llama/Llama-3-8B" on a server of one's own).
[[nodiscard]] Endpoint ResolveEndpoint(const ModelSpec& spec, const Environment& environment,
                                       const ReportField& report);

// Whether `text` can be the name of a key's variable: A-Z, 0-9 and '_', not beginning with a digit.
// Lower case is refused because some providers' keys would pass for a name then, and names are
// shown in messages.
[[nodiscard]] bool IsVariableName(std::string_view text);

}  // namespace routellm::config
