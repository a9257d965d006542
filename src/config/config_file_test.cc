#include "config/config_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "config/testing/environment.h"
#include "core/testing/temporary_folder.h"

namespace routellm::config {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kFull = R"(
listen: "[::1]:8080"
workers: 4
verbose: true
models:
  gpt-4o:   {model: openai/gpt-4o, price: {input: 2.5, output: 10}}
  llama:    ollama/llama3
  internal: {model: openai/my-model, base_url: https://llm.internal/v1, api_key_env: INTERNAL_KEY}
  az:       {model: azure/dep, base_url: https://res.openai.azure.com, api_version: 2024-06-01}
  open:     {model: openai/x, base_url: http://10.0.0.1:8000, auth: none}
  theirs:   {model: openai/x, base_url: http://10.0.0.1:8000, auth: client}
routers:
  mf:
  mine:   {type: mf, strong_model: gpt-4o, weak_model: llama-3-8b}
  random: {seed: 7}
routes:
  default: {router: mf, threshold: 0.5, strong: gpt-4o, weak: llama}
  cheap:   {router: random, threshold: 0.8, strong: gpt-4o, weak: llama, when_unscorable: weak}
default_route: cheap
limits:
  max_header: 16KiB
  max_body: 10MB
  max_scored: 4096
  max_connections: 50
  client_header_timeout: 1s
  client_body_timeout: 2s
  client_idle_timeout: 3s
  client_write_timeout: 4s
  upstream_connect_timeout: 500ms
  upstream_first_byte_timeout: 5m
  upstream_stall_timeout: 6s
  upstream_idle_timeout: 7s
  upstream_idle_connections: 0
  shutdown_grace: 0s
)";

struct Read {
  Config config;
  std::string errors;
};

Read ReadText(std::string_view text, const std::filesystem::path& directory = {}) {
  const Environment environment =
      TestEnvironment({{"OPENAI_API_KEY", "sk-secret"}, {"INTERNAL_KEY", "internal-secret"}});
  Problems problems;
  Read read;
  if (const auto root = ParseYaml(text, problems)) {
    read.config = ReadConfig(*root, directory, environment, problems);
  }
  if (!problems.empty())
    read.errors = problems.ToError(ErrorCode::kInvalidData, "text").value().detail;
  return read;
}

// A file whose models and routes are in order, with `more` at its top level.
std::string ErrorsWith(const std::string& more) {
  return ReadText("models: {a: openai/a, b: ollama/b}\n" + more).errors;
}

// A route in order, but for `fields` instead of those of the same name.
std::string RouteErrors(const std::string& route) {
  return ErrorsWith("routes: {r: {" + route + "}}\n");
}

std::string ModelErrors(const std::string& model) {
  return ReadText("models: {m: {" + model + "}}").errors;
}

TEST(ConfigFileTest, ReadsEveryKey) {
  const auto [config, errors] = ReadText(kFull);
  ASSERT_EQ(errors, "");
  EXPECT_EQ(config.host, "::1");
  EXPECT_EQ(config.port, 8080);
  EXPECT_EQ(config.workers, 4U);
  EXPECT_TRUE(config.verbose);

  const ModelConfig& gpt = config.models.at("gpt-4o");
  EXPECT_EQ(gpt.name, "gpt-4o");
  EXPECT_EQ(gpt.endpoint.auth_header, "authorization: Bearer sk-secret");
  ASSERT_TRUE(gpt.price);
  EXPECT_EQ(gpt.price->input, 2.5);
  EXPECT_EQ(gpt.price->output, 10.0);
  EXPECT_EQ(config.models.at("llama").endpoint.upstream_model, "llama3");
  EXPECT_EQ(config.models.at("internal").endpoint.host, "llm.internal");
  EXPECT_EQ(config.models.at("internal").endpoint.auth_header,
            "authorization: Bearer internal-secret");
  EXPECT_EQ(config.models.at("az").endpoint.target,
            "/openai/deployments/dep/chat/completions?api-version=2024-06-01");
  EXPECT_EQ(config.models.at("open").endpoint.auth_header, "");
  EXPECT_TRUE(config.models.at("theirs").endpoint.forward_authorization);

  EXPECT_EQ(config.routers.size(), 3U);
  EXPECT_EQ(config.routers.at("mf").type, "mf");
  EXPECT_EQ(config.routers.at("mine").type, "mf");
  EXPECT_EQ(config.routers.at("mine").options.weak_model, "llama-3-8b");
  EXPECT_EQ(config.routers.at("random").options.seed, 7U);

  const RouteConfig& cheap = config.routes.at("cheap");
  EXPECT_EQ(cheap.name, "cheap");
  EXPECT_EQ(cheap.router, "random");
  EXPECT_EQ(cheap.threshold.value(), 0.8);
  EXPECT_EQ(cheap.strong_model, "gpt-4o");
  EXPECT_EQ(cheap.weak_model, "llama");
  EXPECT_EQ(cheap.when_unscorable, Choice::kWeak);
  EXPECT_EQ(config.routes.at("default").when_unscorable, Choice::kStrong);
  ASSERT_TRUE(config.default_route);
  EXPECT_EQ(config.default_route->name, "cheap");
}

TEST(ConfigFileTest, ReadsEveryLimit) {
  const Limits limits = ReadText(kFull).config.limits;
  EXPECT_EQ(limits.max_header_bytes, 16U * 1024);
  EXPECT_EQ(limits.max_body_bytes, 10'000'000U);
  EXPECT_EQ(limits.max_scored_bytes, 4096U);
  EXPECT_EQ(limits.max_connections, 50U);
  EXPECT_EQ(limits.client_header_timeout, milliseconds(1'000));
  EXPECT_EQ(limits.client_body_timeout, milliseconds(2'000));
  EXPECT_EQ(limits.client_idle_timeout, milliseconds(3'000));
  EXPECT_EQ(limits.client_write_timeout, milliseconds(4'000));
  EXPECT_EQ(limits.upstream_connect_timeout, milliseconds(500));
  EXPECT_EQ(limits.upstream_first_byte_timeout, milliseconds(300'000));
  EXPECT_EQ(limits.upstream_stall_timeout, milliseconds(6'000));
  EXPECT_EQ(limits.upstream_idle_timeout, milliseconds(7'000));
  EXPECT_EQ(limits.upstream_idle_connections, 0U);
  EXPECT_EQ(limits.shutdown_grace, milliseconds(0));
}

TEST(ConfigFileTest, AFewLinesAreEnough) {
  const auto [config, errors] = ReadText("models: {a: openai/a}");
  EXPECT_EQ(errors, "");
  EXPECT_EQ(config.host, "127.0.0.1");
  EXPECT_EQ(config.port, 6060);
  EXPECT_EQ(config.workers, 0U);
  EXPECT_EQ(config.routers.at("mf").type, "mf");
  EXPECT_FALSE(config.default_route);
}

TEST(ConfigFileTest, DefaultRouteIsTheOnlyOneOrTheOneOfThatName) {
  const std::string models = "models: {a: openai/a, b: ollama/b}\n";
  const std::string rest = "{router: mf, threshold: 0, strong: a, weak: b}";
  EXPECT_EQ(ReadText(models + "routes: {x: " + rest + "}").config.default_route->name, "x");
  EXPECT_EQ(ReadText(models + "routes: {x: " + rest + ", default: " + rest + "}")
                .config.default_route->name,
            "default");
  EXPECT_FALSE(
      ReadText(models + "routes: {x: " + rest + ", y: " + rest + "}").config.default_route);
}

TEST(ConfigFileTest, ReportsEveryMistakeWithPathAndLine) {
  const std::string errors = ReadText(R"(listen: nowhere
wrokers: 2
models:
  a:
    model: openai/a
    base_url: ftp://x
  b: {model: nosuch/b, api_key_env: NO-NAME}
routes:
  r: {router: mf, threshold: 1.5, strong: a, weak: c}
)")
                                 .errors;
  EXPECT_THAT(errors,
              AllOf(HasSubstr("\n  listen (line 1): "),
                    HasSubstr("\n  wrokers (line 2): unknown key (did you "
                              "mean 'workers'?)"),
                    HasSubstr("\n  models.a.base_url (line 6): it must begin with http"),
                    HasSubstr("\n  models.b.model (line 7): unknown provider 'nosuch'"),
                    HasSubstr("\n  models.b.api_key_env (line 7): "),
                    HasSubstr("\n  routes.r.threshold (line 9): '1.5' is not a number from 0 to 1"),
                    HasSubstr("\n  routes.r.weak (line 9): there is no model 'c'")));
}

TEST(ConfigFileTest, RefusesOtherShapes) {
  EXPECT_THAT(ReadText("- a\n- b\n").errors, HasSubstr("must be a map"));
  EXPECT_THAT(ReadText("text").errors, HasSubstr("must be a map"));
  EXPECT_THAT(ReadText("models: [a]").errors, HasSubstr("models (line 1): must be a map"));
  EXPECT_THAT(ReadText("models: {m: [openai/a]}").errors,
              HasSubstr("models.m (line 1): must be a map"));
  EXPECT_THAT(ModelErrors("model: {x: y}"),
              HasSubstr("models.m.model (line 1): must be a single value"));
  EXPECT_THAT(ModelErrors("model:"), HasSubstr("models.m.model (line 1): has no value"));
  EXPECT_THAT(ModelErrors("model: ''"), HasSubstr("models.m.model (line 1): is empty"));
  EXPECT_THAT(ErrorsWith("verbose: maybe"), HasSubstr("verbose (line 2): must be true or false"));
  EXPECT_THAT(ErrorsWith("workers: 2.5"), HasSubstr("'2.5' is not a whole number from 0 to 1024"));
  EXPECT_THAT(ErrorsWith("workers: -1"), HasSubstr("whole number"));
}

TEST(ConfigFileTest, RefusesDuplicateKeys) {
  EXPECT_THAT(ErrorsWith("workers: 1\nworkers: 2"), HasSubstr("workers (line 3): is given twice"));
  EXPECT_THAT(ReadText("models:\n  a: openai/a\n  a: openai/b\n").errors,
              HasSubstr("models.a (line 3): is given twice"));
}

TEST(ConfigFileTest, WantsModels) {
  EXPECT_THAT(ReadText("workers: 1").errors, HasSubstr("models: at least one model is needed"));
  EXPECT_THAT(ReadText("models: {}").errors,
              HasSubstr("models (line 1): at least one model is needed"));
  EXPECT_THAT(ModelErrors("base_url: http://h"), HasSubstr("models.m.model (line 1): is missing"));
}

TEST(ConfigFileTest, RefusesKeysInTheFileAndDoesNotRepeatThem) {
  const std::string errors = ModelErrors("model: openai/a, api_key: sk-hush");
  EXPECT_THAT(errors, AllOf(HasSubstr("models.m.api_key (line 1): "),
                            HasSubstr("api_key_env: NAME"), Not(HasSubstr("hush"))));
}

TEST(ConfigFileTest, ChecksHowAModelIsAuthorized) {
  EXPECT_THAT(ModelErrors("model: openai/a, auth: maybe"),
              HasSubstr("models.m.auth (line 1): 'maybe' is neither"));
  EXPECT_THAT(ModelErrors("model: openai/a, auth: none, api_key_env: INTERNAL_KEY"),
              HasSubstr("models.m.auth (line 1): does not go with api_key_env"));
  EXPECT_THAT(ModelErrors("model: openai/a, base_url: https://elsewhere/v1"),
              HasSubstr("models.m.base_url (line 1): OPENAI_API_KEY is for another address"));
  EXPECT_THAT(ReadText("models: {m: nosuch/a}").errors,
              HasSubstr("models.m (line 1): unknown provider"));
}

TEST(ConfigFileTest, ChecksPrices) {
  EXPECT_THAT(ModelErrors("model: ollama/a, price: {input: 1}"),
              HasSubstr("models.m.price.output (line 1): is missing"));
  EXPECT_THAT(ModelErrors("model: ollama/a, price: {input: -1, output: free}"),
              AllOf(HasSubstr("'-1' is not a number"), HasSubstr("'free' is not a number")));
  EXPECT_THAT(ModelErrors("model: ollama/a, price: {input: 1, output: 1, cached: 1}"),
              HasSubstr("models.m.price.cached (line 1): unknown key"));
}

TEST(ConfigFileTest, ChecksNames) {
  EXPECT_THAT(ReadText("models: {router-mf-0.5: openai/a}").errors,
              HasSubstr("must not begin with 'router-'"));
  EXPECT_THAT(ReadText("models: {'a b': openai/a}").errors,
              HasSubstr("a name is up to 128 letters"));
  EXPECT_THAT(ReadText("models: {\"a\\r\\nb\": openai/a}").errors,
              HasSubstr("models.a??b (line 1): a name is"));
  EXPECT_THAT(ReadText("models: {'': openai/a}").errors, HasSubstr("must not be empty"));
  EXPECT_THAT(ErrorsWith("routes: {a: {router: mf, threshold: 0, strong: a, weak: b}}"),
              HasSubstr("routes.a (line 2): a model has this name too"));
  EXPECT_THAT(ErrorsWith("routes: {router-x: {router: mf, threshold: 0, strong: a, weak: b}}"),
              HasSubstr("must not begin with 'router-'"));
  EXPECT_THAT(ErrorsWith("routers: {my-mf: {type: mf}}"),
              HasSubstr("routers.my-mf (line 2): a router's name"));
}

TEST(ConfigFileTest, ChecksRouters) {
  EXPECT_THAT(
      ErrorsWith("routers: {mff: {}}"),
      AllOf(HasSubstr("routers.mff (line 2): there is no router 'mff' (did you mean 'mf'?)"),
            HasSubstr("needs a type")));
  EXPECT_THAT(ErrorsWith("routers: {x: {type: bert}}"),
              HasSubstr("routers.x.type (line 2): this program does not have the router bert yet: "
                        "it has causal_llm, exec, mf"));
  EXPECT_THAT(ErrorsWith("routers: {mf: {seed: 1}}"),
              HasSubstr("routers.mf.seed (line 2): does not apply to a mf router, only to random"));
  EXPECT_THAT(ErrorsWith("routers: {random: {seed: x}}"), HasSubstr("'x' is not a whole number"));
  EXPECT_THAT(ErrorsWith("routers: {random: {strong_model: a}}"),
              HasSubstr("routers.random.strong_model (line 2): does not apply"));
  EXPECT_THAT(ErrorsWith("routers: {mf: {prompt_embeddings: /nonexistent/e.npy}}"),
              HasSubstr("routers.mf.prompt_embeddings (line 2): there is no file"));
  EXPECT_THAT(ErrorsWith("routers: {mf: {battles: /dev/null}}"),
              HasSubstr("routers.mf.battles (line 2): does not apply"));
  EXPECT_THAT(
      ErrorsWith("routers: {sw_ranking: {battles: /nonexistent/b.csv, precision: half}}"),
      AllOf(HasSubstr("routers.sw_ranking.battles (line 2): there is no file"),
            HasSubstr("routers.sw_ranking.precision (line 2): must be float, int8 or int4")));
  EXPECT_THAT(ErrorsWith("routers: {mf: {chekpoint: a}}"), HasSubstr("did you mean 'checkpoint'?"));
  EXPECT_THAT(
      ErrorsWith("routers: {mf: {checkpoint: /nonexistent/x.safetensors}}"),
      HasSubstr("routers.mf.checkpoint (line 2): there is no file /nonexistent/x.safetensors"));
}

constexpr const char* kModel = "models: {a: openai/a}\n";

TEST(ConfigFileTest, ReadsEmbedders) {
  const TemporaryFolder folder;
  const std::filesystem::path directory =
      std::filesystem::path(folder.File("routellm.yaml")).parent_path();
  std::filesystem::create_directory(directory / "minilm");
  const auto [config, errors] = ReadText(std::string(kModel) + R"(
embedders:
  openai: {kind: remote, model: openai/text-embedding-3-small}
  own:    {kind: remote, model: m, base_url: http://h/v1, api_key_env: OWN_KEY, dimensions: 64, timeout: 300ms,
           max_waiting: 5, cache: 1MiB}
  minilm: {kind: encoder, model_dir: minilm, cache: 0}
  words:  {kind: hashed, dimensions: 128}
routers: {mf: {embedder: own}}
)",
                                         directory);
  EXPECT_EQ(errors, "");
  const EmbedderConfig& openai = config.embedders.at("openai");
  EXPECT_EQ(openai.kind, EmbedderKind::kRemote);
  EXPECT_EQ(openai.endpoint.host, "api.openai.com");
  EXPECT_EQ(openai.endpoint.target, "/v1/embeddings");
  EXPECT_EQ(openai.endpoint.upstream_model, "text-embedding-3-small");
  EXPECT_EQ(openai.endpoint.key_variable, "OPENAI_API_KEY");
  EXPECT_EQ(openai.limits.cache_bytes, 64U << 20);
  const EmbedderConfig& own = config.embedders.at("own");
  EXPECT_EQ(own.endpoint.key_variable, "OWN_KEY");
  EXPECT_EQ(own.dimensions, 64U);
  EXPECT_EQ(own.limits.timeout, milliseconds(300));
  EXPECT_EQ(own.limits.max_waiting, 5U);
  EXPECT_EQ(own.limits.cache_bytes, 1U << 20);
  EXPECT_EQ(config.embedders.at("minilm").kind, EmbedderKind::kEncoder);
  EXPECT_EQ(config.embedders.at("minilm").model_folder, directory / "minilm");
  EXPECT_EQ(config.embedders.at("words").dimensions, 128U);
  EXPECT_EQ(config.routers.at("mf").embedder, "own");
}

std::string EmbedderErrors(const std::string& embedder) {
  return ReadText(kModel + ("embedders: {e: " + embedder + "}\n"), "/").errors;
}

TEST(ConfigFileTest, ChecksEmbedders) {
  EXPECT_THAT(EmbedderErrors("{}"), HasSubstr("embedders.e.kind (line 2): is missing"));
  EXPECT_THAT(EmbedderErrors("{kind: openai}"), HasSubstr("there is no embedder 'openai'"));
  EXPECT_THAT(EmbedderErrors("{kind: remote}"),
              HasSubstr("embedders.e.model (line 2): is missing"));
  EXPECT_THAT(EmbedderErrors("{kind: remote, model: openai/m, base_url: x}"),
              HasSubstr("embedders.e.base_url (line 2): it must begin with"));
  EXPECT_THAT(EmbedderErrors("{kind: remote, model: openai/m, api_key: sk-1}"),
              AllOf(HasSubstr("embedders.e.api_key (line 2): a key does not belong"),
                    Not(HasSubstr("sk-1"))));
  EXPECT_THAT(EmbedderErrors("{kind: remote, model: openai/m, auth: client}"),
              HasSubstr("embedders.e.auth (line 2): evidence is not asked for with"));
  EXPECT_THAT(EmbedderErrors("{kind: remote, model: openai/m, max_waiting: 0, timeout: 0s}"),
              AllOf(HasSubstr("embedders.e.max_waiting"), HasSubstr("embedders.e.timeout")));
  EXPECT_THAT(EmbedderErrors("{kind: encoder}"),
              HasSubstr("embedders.e.model_dir (line 2): is missing"));
  EXPECT_THAT(EmbedderErrors("{kind: encoder, model_dir: nonexistent}"),
              HasSubstr("embedders.e.model_dir (line 2): there is no folder /nonexistent"));
  EXPECT_THAT(EmbedderErrors("{kind: hashed, cache: 1MiB}"),
              HasSubstr("embedders.e.cache (line 2): unknown key"));
  EXPECT_THAT(EmbedderErrors("{kind: hashed, dimensions: 0}"), HasSubstr("embedders.e.dimensions"));
  EXPECT_THAT(ErrorsWith("routers: {mf: {embedder: nope}}"),
              HasSubstr("routers.mf.embedder (line 2): there is no embedder 'nope'"));
  EXPECT_THAT(ErrorsWith("routers: {random: {embedder: nope}}"),
              HasSubstr("routers.random.embedder (line 2): does not apply"));
}

TEST(ConfigFileTest, CheckpointsAreRelativeToTheFile) {
  const TemporaryFolder folder;
  const std::string file = folder.File("own.safetensors");
  std::ofstream(file) << "x";
  const auto [config, errors] =
      ReadText("models: {a: openai/a}\nrouters: {mf: {checkpoint: own.safetensors}}\n",
               std::filesystem::path(file).parent_path());
  EXPECT_EQ(errors, "");
  EXPECT_EQ(config.routers.at("mf").options.checkpoint_path, file);
}

TEST(ConfigFileTest, ChecksRoutes) {
  EXPECT_THAT(RouteErrors(""), AllOf(HasSubstr("routes.r.router (line 2): is missing"),
                                     HasSubstr("routes.r.threshold (line 2): is missing"),
                                     HasSubstr("routes.r.strong (line 2): is missing"),
                                     HasSubstr("routes.r.weak (line 2): is missing")));
  EXPECT_THAT(RouteErrors("router: mff, threshold: 0, strong: a, weak: b"),
              HasSubstr("routes.r.router (line 2): there is no router 'mff' (did you mean 'mf'?): "
                        "configured are mf"));
  EXPECT_THAT(RouteErrors("router: mf, threshold: 0.5, strong_model_pct: 0.3, strong: a, weak: b"),
              HasSubstr("routes.r.strong_model_pct (line 2): does not go with threshold"));
  for (const char* share : {"0", "1", "30", "-0.5", "half"}) {
    EXPECT_THAT(
        RouteErrors(fmt::format("router: mf, strong_model_pct: {}, strong: a, weak: b", share)),
        HasSubstr(fmt::format(
            "routes.r.strong_model_pct (line 2): '{}' is not a share of strong calls", share)));
  }
  EXPECT_EQ(RouteErrors("router: mf, strong_model_pct: 0.3, strong: a, weak: b"), "");
  EXPECT_THAT(RouteErrors("router: mf, threshold: half, strong: a, weak: b"),
              HasSubstr("'half' is not a number"));
  EXPECT_THAT(RouteErrors("router: mf, threshold: 0, strong: a, weak: a"),
              HasSubstr("is the same model as strong"));
  EXPECT_THAT(RouteErrors("router: mf, threshold: 0, strong: a, weak: b, when_unscorable: fail"),
              HasSubstr("routes.r.when_unscorable (line 2): 'fail' is neither strong nor weak"));
  EXPECT_THAT(ErrorsWith("default_route: x"),
              HasSubstr("default_route (line 2): there is no route 'x': none is"));
}

TEST(ConfigFileTest, ChecksTheListenAddress) {
  for (const char* listen :
       {"6060", "host", ":6060", "127.0.0.1", "'127.0.0.1:'", "127.0.0.1:65536", "example.com:80",
        "'::1:6060'", "'[127.0.0.1]:6060'", "'[::1]'", "127.0.0.1:x"}) {
    EXPECT_THAT(ErrorsWith("listen: " + std::string(listen)),
                HasSubstr("listen (line 2): must be ADDRESS:PORT"))
        << listen;
  }
  EXPECT_EQ(ReadText("models: {a: openai/a}\nlisten: localhost:0").config.host, "127.0.0.1");
}

TEST(ConfigFileTest, ChecksLimits) {
  EXPECT_THAT(ErrorsWith("limits: {max_body: big}"),
              HasSubstr("limits.max_body (line 2): 'big' is not a size from 1KiB to 1GiB"));
  EXPECT_THAT(ErrorsWith("limits: {max_body: 2GiB}"), HasSubstr("not a size from"));
  EXPECT_THAT(ErrorsWith("limits: {max_connections: 0}"), HasSubstr("whole number from 1 to"));
  EXPECT_THAT(
      ErrorsWith("limits: {upstream_connect_timeout: 5}"),
      HasSubstr("limits.upstream_connect_timeout (line 2): '5' is not a duration from 1ms to 24h"));
  EXPECT_THAT(ErrorsWith("limits: {upstream_connect_timeout: 0s}"), HasSubstr("not a duration"));
  EXPECT_THAT(ErrorsWith("limits: {upstream_conect_timeout: 5s}"),
              HasSubstr("did you mean 'upstream_connect_timeout'?"));
}

TEST(ConfigFileTest, BoundsTheNumberOfEntriesAndOfMessages) {
  std::string models = "models:\n";
  std::string unknown = "models: {a: openai/a}\nlimits:\n";
  for (int i = 0; i < 1001; ++i) {
    models += "  m" + std::to_string(i) + ": openai/a\n";
    if (i < 500) unknown += "  u" + std::to_string(i) + ": 1\n";
  }
  EXPECT_THAT(ReadText(models).errors, HasSubstr("models (line 1): has more than 1000 entries"));
  EXPECT_THAT(ReadText(unknown).errors, HasSubstr("... and 400 more"));
}

}  // namespace
}  // namespace routellm::config
