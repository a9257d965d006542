#include "cli/serve_flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace routellm::cli {
namespace {

using testing::ElementsAre;

// The flags that `arguments` mean; throws CLI::ParseError where the program would show its usage.
config::ServeFlags Parse(std::vector<std::string> arguments) {
  CLI::App app;
  config::ServeFlags flags;
  AddServeFlags(app, flags);
  std::reverse(arguments.begin(), arguments.end());
  app.parse(arguments);
  return flags;
}

TEST(ServeFlagsTest, WhatIsNotGivenIsEmpty) {
  const config::ServeFlags flags = Parse({});
  EXPECT_FALSE(flags.config);
  EXPECT_FALSE(flags.strong_model);
  EXPECT_FALSE(flags.weak_model);
  EXPECT_FALSE(flags.base_url);
  EXPECT_FALSE(flags.api_key);
  EXPECT_FALSE(flags.router);
  EXPECT_FALSE(flags.threshold);
  EXPECT_FALSE(flags.strong_model_pct);
  EXPECT_FALSE(flags.host);
  EXPECT_FALSE(flags.port);
  EXPECT_FALSE(flags.workers);
  EXPECT_FALSE(flags.verbose);
  EXPECT_TRUE(flags.routers.empty());
}

TEST(ServeFlagsTest, ReadsThePythonServersCommandLine) {
  const config::ServeFlags flags =
      Parse({"--routers", "mf", "random", "--config", "c.yaml", "--strong-model", "gpt-4",
             "--weak-model", "m", "--base-url", "http://h/v1", "--api-key", "k", "--port", "6061",
             "--workers", "2", "--verbose"});
  EXPECT_THAT(flags.routers, ElementsAre("mf", "random"));
  EXPECT_EQ(flags.config, "c.yaml");
  EXPECT_EQ(flags.strong_model, "gpt-4");
  EXPECT_EQ(flags.weak_model, "m");
  EXPECT_EQ(flags.base_url, "http://h/v1");
  EXPECT_EQ(flags.api_key, "k");
  EXPECT_EQ(flags.port, 6061);
  EXPECT_EQ(flags.workers, 2U);
  EXPECT_TRUE(flags.verbose);
}

TEST(ServeFlagsTest, ReadsItsOwn) {
  const config::ServeFlags flags =
      Parse({"--router", "mf", "--threshold", "0.3", "--host", "::1", "--routers", "mf,random"});
  EXPECT_EQ(flags.router, "mf");
  EXPECT_EQ(flags.threshold, "0.3");
  EXPECT_EQ(flags.host, "::1");
  EXPECT_THAT(flags.routers, ElementsAre("mf", "random"));
  EXPECT_EQ(Parse({"--strong-model-pct", "0.4"}).strong_model_pct, "0.4");
}

TEST(ServeFlagsTest, RefusesWhatDoesNotFit) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"--port", "65536"},
                                             {"--port", "-1"},
                                             {"--port", "x"},
                                             {"--workers", "1025"},
                                             {"--workers", "-1"},
                                             {"--nosuch"},
                                             {"stray"},
                                             {"--config"}}) {
    EXPECT_THROW((void)Parse(arguments), CLI::ParseError)
        << arguments[0] << " " << arguments.back();
  }
}

TEST(SystemEnvironmentTest, KnowsVariablesAndRouters) {
  const config::Environment environment = SystemEnvironment();
  EXPECT_FALSE(environment.variable("ROUTELLM_NO_SUCH_VARIABLE"));
  EXPECT_THAT(environment.router_types, testing::Contains("mf"));
}

}  // namespace
}  // namespace routellm::cli
