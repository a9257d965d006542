// A small configuration for tests: two models, two routers, one route; and its pipeline.
#pragma once

#include <memory>
#include <utility>

#include "config/config.h"
#include "gateway/pipeline.h"
#include "gateway/routers.h"

namespace routellm::gateway {

inline config::Config TestConfig() {
  config::Config config;
  config.routers = {{"mf", {.type = "mf", .options = {}}},
                    {"random", {.type = "random", .options = {}}}};
  config.routers["random"].options.seed = 7;
  config.models["large"] = {.name = "large",
                            .endpoint = {.provider = "openai",
                                         .tls = true,
                                         .host = "api.example.com",
                                         .port = "443",
                                         .target = "/v1/chat/completions",
                                         .upstream_model = "large-1",
                                         .auth_header = "authorization: Bearer sk-1",
                                         .key_variable = {}},
                            .price = config::Price{.input = 2.5, .output = 10.0}};
  config.models["small"] = {.name = "small",
                            .endpoint = {.provider = "ollama",
                                         .tls = false,
                                         .host = "localhost",
                                         .port = "11434",
                                         .target = "/v1/chat/completions",
                                         .upstream_model = "small-1",
                                         .auth_header = {},
                                         .key_variable = {}},
                            .price = {}};
  config.default_route = {
      .name = {}, .router = {}, .threshold = {}, .strong_model = "large", .weak_model = "small"};
  config.routes["auto"] = {.name = "auto",
                           .router = "random",
                           .threshold = *Threshold::Create(0.25),
                           .strong_model = "large",
                           .weak_model = "small"};
  return config;
}

// The routers of `config` must be such as can be made.
inline std::unique_ptr<const Pipeline> TestPipeline(config::Config config = TestConfig()) {
  Routers routers = MakeRouters(config, "the test").value();
  return Pipeline::Create(config, std::move(routers));
}

}  // namespace routellm::gateway
