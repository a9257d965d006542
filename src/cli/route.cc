#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "cli/choice.h"
#include "cli/commands.h"
#include "cli/line_pipeline.h"
#include "cli/route_lines.h"
#include "cli/router_flags.h"
#include "gateway/explanation_json.h"
#include "text/utf8.h"

namespace routellm::cli {
namespace {

struct RouteOptions {
  std::optional<std::string> prompt;
  RouterFlags router;
  std::optional<std::string> threshold;
  std::optional<std::string> strong_model_pct;
  std::optional<std::uint64_t> seed;
  std::string strong_model;
  std::string weak_model;
  PromptFormat format = PromptFormat::kAuto;
  std::size_t max_bytes = 32 * 1024;
  bool json = false;
  bool explain = false;
};

std::string FirstOf(const std::string& given, const std::string& trained_on,
                    const char* otherwise) {
  if (!given.empty()) return text::SanitizeUtf8(given);
  return trained_on.empty() ? otherwise : trained_on;
}

constexpr std::size_t kShownReasons = 8;      // in the table
constexpr std::size_t kReportedReasons = 50;  // in JSON

void PrintExplanation(const routing::Explanation& explanation) {
  fmt::print("\nbecause    {}\n", explanation.basis);
  if (explanation.reasons.empty()) return;
  fmt::print("\n    points  of the win rate, compared with {}\n", explanation.compared_with);
  double rest = 0.0;
  for (std::size_t i = 0; i < explanation.reasons.size(); ++i) {
    const routing::Reason& reason = explanation.reasons[i];
    if (i < kShownReasons) {
      fmt::print("{:>+10.1f}  {}\n", 100.0 * reason.effect, reason.what);
    } else {
      rest += reason.effect;
    }
  }
  if (explanation.reasons.size() > kShownReasons) {
    fmt::print("{:>+10.1f}  {} smaller ones together\n", 100.0 * rest,
               explanation.reasons.size() - kShownReasons);
  }
}

void RoutePrompt(const Decider& decider, const std::string& prompt, const RouteOptions& options) {
  auto start = std::chrono::steady_clock::now();
  const auto win_rate = Score(decider, prompt);
  if (!win_rate) Exit(win_rate.error());
  std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - start;
  if (decider.scorer->router().Info().evidence == routing::EvidenceKind::kNone) {
    // The first decision of a process pays for page faults; another tells what each one costs.
    start = std::chrono::steady_clock::now();
    [[maybe_unused]] const auto again = Score(decider, prompt);
    time = std::chrono::steady_clock::now() - start;
  }
  std::optional<routing::Explanation> explanation;
  if (options.explain) {
    auto explained = decider.scorer->Explain(text::TruncateUtf8(prompt, decider.max_bytes));
    if (!explained) Exit(explained.error());
    explanation = *std::move(explained);
  }
  if (options.json) {
    fmt::print(
        "{{{},\"microseconds\":{:.1f}{}}}\n", DecisionMembers(decider, *win_rate), time.count(),
        explanation ? ",\"explanation\":" + gateway::ExplanationJson(*explanation, kReportedReasons)
                    : "");
    return;
  }
  const bool strong = Decide(*win_rate, decider.threshold) == Choice::kStrong;
  fmt::print("model      {} ({})\nwin rate   {:.4f} by {}, threshold {}\ntime       {:.1f} µs\n",
             strong ? decider.strong_model : decider.weak_model, strong ? "strong" : "weak",
             win_rate->value(), decider.router_name, decider.threshold.value(), time.count());
  if (explanation) PrintExplanation(*explanation);
}

void RouteInput(const Decider& decider, const RouteOptions& options) {
  if (::isatty(STDIN_FILENO) != 0)
    fmt::print(stderr, "routellm: reading prompts, one a line, to the end of the input\n");
  std::signal(SIGPIPE, SIG_IGN);
  std::atomic<bool> failed = false;
  // A seeded sequence belongs to the lines in their order, so that one thread must draw it.
  const unsigned threads = options.seed ? 1 : std::max(1U, std::thread::hardware_concurrency());
  const auto processed = ProcessLines({STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}, threads,
                                      [&] { return RouteLines(decider, options.format, failed); });
  if (!processed) Exit(processed.error());
  if (failed) throw CLI::RuntimeError(kExitFailure);
}

Result<Threshold> ChosenThreshold(const RouteOptions& options, const routing::RouterInfo& info) {
  if (options.threshold) return Threshold::Parse(*options.threshold);
  if (!options.strong_model_pct) return Threshold();
  return StrongShare::Parse(*options.strong_model_pct).and_then([&](StrongShare share) {
    return routing::ThresholdFor(info, share);
  });
}

void Run(const RouteOptions& options) {
  routing::RouterOptions router_options;
  router_options.seed = options.seed;
  const routing::RouterOptions default_pair = router_options;
  router_options.strong_model = options.strong_model;
  router_options.weak_model = options.weak_model;
  if (!options.strong_model.empty() && options.strong_model == options.weak_model)
    Exit({ErrorCode::kInvalidRequest, "the strong and the weak model are the same", ""});
  auto scorer = MakeScorer(options.router, std::move(router_options));
  // Names that the router does not know are what the user calls the models of its default pair.
  if (!scorer && scorer.error().code == ErrorCode::kInvalidRequest)
    scorer = MakeScorer(options.router, default_pair);
  if (!scorer) Exit(scorer.error());
  const routing::RouterInfo& info = scorer->router().Info();
  const auto threshold = ChosenThreshold(options, info);
  if (!threshold) Exit(threshold.error());
  const Decider decider{.scorer = &*scorer,
                        .router_name = options.router.router,
                        .threshold = *threshold,
                        .strong_model = FirstOf(options.strong_model, info.strong_model, "strong"),
                        .weak_model = FirstOf(options.weak_model, info.weak_model, "weak"),
                        .max_bytes = options.max_bytes};
  if (options.prompt && *options.prompt != "-") {
    RoutePrompt(decider, *options.prompt, options);
  } else {
    if (options.explain)
      Exit({ErrorCode::kInvalidRequest, "--explain is for one prompt: give it as an argument", ""});
    RouteInput(decider, options);
  }
}

}  // namespace

void AddRoute(CLI::App& app) {
  auto* command =
      app.add_subcommand("route", "Decide which model should answer, without asking one");
  const auto options = std::make_shared<RouteOptions>();
  command->add_option(
      "prompt", options->prompt,
      "The prompt; absent or -: prompts from standard input, a JSON object for each");
  AddRouterFlags(*command, options->router, "Router that scores the prompt");
  auto* threshold = command->add_option(
      "--threshold", options->threshold,
      "Win rate from which on the strong model answers, in [0, 1] (default: 0.5)");
  command
      ->add_option("--strong-model-pct", options->strong_model_pct,
                   "Instead of --threshold: the share of calls that the strong model is to answer, "
                   "such as 0.3; the threshold is taken from the router's calibration table")
      ->excludes(threshold);
  command->add_option("--strong-model", options->strong_model,
                      "Name to print; where the router knows that model, its win rates are of it. "
                      "Default: the one the router was trained on");
  command->add_option("--weak-model", options->weak_model,
                      "Name to print; default: the one the router was trained on");
  command->add_option("--seed", options->seed, "Makes the random router repeatable")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--max-bytes", options->max_bytes, "Bytes of a prompt that are scored")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  AddChoice(*command, "--format", options->format,
            "Standard input: plain lines, JSON lines with `prompt` or `messages` and an "
            "optional `id`, or, line by "
            "line, JSON where it begins with {",
            {{"auto", PromptFormat::kAuto},
             {"lines", PromptFormat::kLines},
             {"jsonl", PromptFormat::kJsonl}});
  command->add_flag("--json", options->json, "Print the decision on one prompt as JSON");
  command->add_flag(
      "--explain", options->explain,
      "Also say why: what of the prompt, or which similar queries, made the win rate");
  command->footer(
      "Examples:\n"
      "  routellm route --explain \"What is the capital of France?\"\n"
      "  routellm route \"Prove that there are infinitely many primes\" --threshold 0.4\n"
      "  routellm route --strong-model gpt-4o --weak-model llama3 < prompts.jsonl > "
      "decisions.jsonl\n"
      "  routellm route --checkpoint published.safetensors --embedder remote \"Hello\"  "
      "(OPENAI_API_KEY)");
  command->callback([options] { Run(*options); });
}

}  // namespace routellm::cli
