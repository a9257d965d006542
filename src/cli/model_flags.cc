#include "cli/model_flags.h"

#include <fmt/core.h>

#include <chrono>
#include <cmath>
#include <utility>

#include <CLI/Validators.hpp>

#include "cli/number_range.h"
#include "http_client/bearer.h"
#include "http_client/shown_url.h"

namespace routellm::cli {
namespace {

tl::unexpected<Error> WrongUsage(std::string message) {
  return Fail(ErrorCode::kInvalidRequest, std::move(message));
}

}  // namespace

CLI::Option* AddModelFlags(CLI::App& command, ModelFlags& flags, const ModelFlagNames& names) {
  const std::string dashes = "--" + names.prefix;
  auto* endpoint =
      command
          .add_option(dashes + "endpoint", flags.endpoint,
                      "Base URL of " + names.whose + " server, such as http://localhost:8000/v1" +
                          names.endpoint_more)
          ->type_name("URL");
  command
      .add_option(
          "--" + names.key_flag, flags.key_variable,
          "Environment variable that holds " + names.whose + " key; without it, no key is sent")
      ->type_name("NAME");
  command
      .add_option(dashes + "max-tokens", flags.max_tokens,
                  "Most tokens of a reply; default: " + names.max_tokens_more)
      ->check(CLI::PositiveNumber);
  command
      .add_option(dashes + "request-patch", flags.request_patch,
                  "JSON merge patch for each request: adds members, null removes them, as in "
                  "'{\"max_tokens\": null, \"max_completion_tokens\": 4096}'")
      ->type_name("JSON");
  for (auto [name, price] : {std::pair("price-input", &flags.price_input),
                             std::pair("price-output", &flags.price_output)}) {
    command.add_option(dashes + name, *price, "USD for a million tokens")
        ->type_name("USD")
        ->check(Between(0.0, 1e6));
  }
  return endpoint;
}

void AddRunLimits(CLI::App& command, RunLimits& limits, const std::string& limit_help) {
  command
      .add_option("--limit", limits.most,
                  limit_help +
                      ", a fixed random sample, for a cheap trial; without it, a later run goes on")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command.add_option("--concurrency", limits.concurrency, "Requests at a time")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command.add_option("--timeout", limits.timeout_s, "Seconds for one reply")
      ->check(Between(0.1, 86400.0))
      ->capture_default_str();
  command
      .add_option("--max-usd", limits.max_usd,
                  "Stop once the replies, earlier starts included, have cost so much")
      ->type_name("USD")
      ->check(Between(1e-6, 1e9));
}

Result<benchmark_run::ChatServer> MakeServer(const ModelFlags& flags, double timeout_s) {
  benchmark_run::ChatServer server;
  server.url = benchmark_run::ChatCompletionsUrl(flags.endpoint);
  if (const auto tls = http_client::UsesTls(server.url); !tls) return tl::unexpected(tls.error());
  if (!flags.key_variable.empty()) {
    auto key = http_client::BearerFromEnvironment(flags.key_variable);
    if (!key) return tl::unexpected(key.error());
    server.headers.push_back(std::move(*key));
  }
  server.timeouts.total = std::chrono::milliseconds(std::llround(timeout_s * 1000));
  server.timeouts.stall = std::chrono::seconds(0);  // models think before they answer
  server.price = {flags.price_input.value_or(0.0), flags.price_output.value_or(0.0)};
  return server;
}

Result<benchmark_run::ChatSettings> MakeSettings(const ModelFlags& flags, int max_tokens,
                                                 const std::string& prefix) {
  benchmark_run::ChatSettings settings{.model = flags.model,
                                       .temperature = 0.0,
                                       .max_tokens = flags.max_tokens.value_or(max_tokens)};
  if (flags.request_patch.empty()) return settings;
  settings.patch = nlohmann::json::parse(flags.request_patch, nullptr, false);
  if (settings.patch.is_object()) return settings;
  return WrongUsage(fmt::format("--{}request-patch: a JSON object was expected", prefix));
}

Result<void> CheckPrices(const ModelFlags& flags, bool capped, const std::string& prefix) {
  if (flags.price_input.has_value() != flags.price_output.has_value())
    return WrongUsage("give the price of input and of output, or neither");
  if (!capped || flags.price_input) return {};
  return WrongUsage(fmt::format("--max-usd needs --{0}price-input and --{0}price-output", prefix));
}

}  // namespace routellm::cli
