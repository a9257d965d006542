#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/calibration_report.h"
#include "cli/choice.h"
#include "cli/commands.h"
#include "cli/labelled_input.h"
#include "cli/router_flags.h"
#include "cli/score_input.h"
#include "evaluation/calibration.h"
#include "evaluation/certified_threshold.h"
#include "routing/registry.h"

namespace routellm::cli {
namespace {

struct CalibrateOptions {
  RouterFlags router;
  std::vector<std::string> pair;  // strong, weak: names in the checkpoint
  std::size_t max_bytes = 32 * 1024;
  bool json = false;

  std::vector<std::string> strong_model_pct;
  PromptInput input;  // path empty: the calibration table

  LabelledPaths labels;
  evaluation::CertificationOptions certification;
};

std::string PairOf(const routing::RouterInfo& info) {
  return info.strong_model + " over " + info.weak_model;
}

routing::RouterOptions OptionsOf(const CalibrateOptions& options) {
  routing::RouterOptions router;
  if (!options.pair.empty()) {
    router.strong_model = options.pair[0];
    router.weak_model = options.pair[1];
  }
  router.seed = 1;  // the same input, the same thresholds
  return router;
}

Result<void> CheckPair(const CalibrateOptions& options, const routing::RouterInfo& info) {
  if (options.pair.empty() ||
      (info.strong_model == options.pair[0] && info.weak_model == options.pair[1])) {
    return {};
  }
  return Fail(ErrorCode::kInvalidRequest,
              "--pair: this router " + (info.strong_model.empty()
                                            ? "knows no models"
                                            : "scores no other pair than " + PairOf(info)));
}

Result<evidence_client::Scorer> MakeScorer(const CalibrateOptions& options) {
  auto scorer = MakeScorer(options.router, OptionsOf(options));
  if (!scorer) return scorer;
  if (auto fits = CheckPair(options, scorer->router().Info()); !fits)
    return tl::unexpected(fits.error());
  return scorer;
}

Result<std::vector<StrongShare>> ParseShares(const std::vector<std::string>& texts) {
  std::vector<StrongShare> shares;
  for (const std::string& text : texts) {
    auto share = StrongShare::Parse(text);
    if (!share) {
      return Fail(ErrorCode::kInvalidRequest,
                  fmt::format("--strong-model-pct {}: {}", text, share.error().public_message));
    }
    shares.push_back(*share);
  }
  return shares;
}

// As the Python package prints it; of a table, more decimals would mean nothing.
evaluation::CalibratedThreshold Rounded(Threshold threshold) {
  constexpr int kDecimals = 5;
  const auto printed = Threshold::Parse(fmt::format("{:.{}f}", threshold.value(), kDecimals));
  return {.threshold = *printed, .decimals = kDecimals, .strong = 0};
}

// Of a router that scores no prompts here, so that it needs no embedder; one that is named must
// fit.
Result<routing::RouterInfo> InfoOf(const CalibrateOptions& options) {
  if (!options.router.embedder.embedder.empty()) {
    return MakeScorer(options).map([](const auto& scorer) { return scorer.router().Info(); });
  }
  const auto chosen = ChooseRouter(options.router, OptionsOf(options));
  if (!chosen) return tl::unexpected(chosen.error());
  if (auto fits = CheckPair(options, chosen->router->Info()); !fits)
    return tl::unexpected(fits.error());
  return chosen->router->Info();
}

Result<ShareCalibration> FromTable(const CalibrateOptions& options,
                                   const std::vector<StrongShare>& shares) {
  const auto info = InfoOf(options);
  if (!info) return tl::unexpected(info.error());
  ShareCalibration calibration;
  calibration.router = options.router.router;
  for (const StrongShare share : shares) {
    const auto threshold = routing::ThresholdFor(*info, share);
    if (!threshold) return tl::unexpected(threshold.error());
    calibration.lines.push_back({share, Rounded(*threshold)});
  }
  fmt::print(
      stderr,
      "routellm: from the router's calibration table, which its training wrote; --input FILE "
      "calibrates on your own prompts\n");
  return calibration;
}

Result<ShareCalibration> FromInput(const CalibrateOptions& options,
                                   const std::vector<StrongShare>& shares) {
  const auto scorer = MakeScorer(options);
  if (!scorer) return tl::unexpected(scorer.error());
  auto scored = ScoreInput(*scorer, options.input, options.max_bytes);
  if (!scored) return tl::unexpected(scored.error());
  std::sort(scored->win_rates.begin(), scored->win_rates.end());
  ShareCalibration calibration{.router = options.router.router,
                               .input = options.input.path,
                               .prompts = scored->win_rates.size(),
                               .without_text = scored->without_text,
                               .lines = {}};
  for (const StrongShare share : shares) {
    calibration.lines.push_back({share, evaluation::ThresholdForShare(scored->win_rates, share)});
  }
  return calibration;
}

Result<std::string> CalibrateShares(const CalibrateOptions& options) {
  const auto shares = ParseShares(options.strong_model_pct);
  if (!shares) return tl::unexpected(shares.error());
  const auto calibration =
      options.input.path.empty() ? FromTable(options, *shares) : FromInput(options, *shares);
  if (!calibration) return tl::unexpected(calibration.error());
  return options.json ? ReportJson(*calibration) : ReportText(*calibration);
}

Result<std::string> Certify(const CalibrateOptions& options) {
  const auto scorer = MakeScorer(options);
  if (!scorer) return tl::unexpected(scorer.error());
  const routing::RouterInfo& info = scorer->router().Info();
  if (!info.strong_model.empty() && (info.strong_model != options.labels.strong_model ||
                                     info.weak_model != options.labels.weak_model)) {
    fmt::print(stderr,
               "routellm: the win rates are those of {}; a router that scores another pair (--pair "
               "here, --strong-model and --weak-model of `route`) needs another threshold\n",
               PairOf(info));
  }
  const auto queries = LoadLabelledQueries(*scorer, options.labels, options.max_bytes);
  if (!queries) return tl::unexpected(queries.error());
  auto certification = evaluation::CertifyThreshold(*queries, options.certification);
  if (!certification) return tl::unexpected(certification.error());
  const CertificationReport report{.router = options.router.router,
                                   .strong_model = options.labels.strong_model,
                                   .weak_model = options.labels.weak_model,
                                   .queries = queries->size(),
                                   .options = options.certification,
                                   .certification = *certification};
  return options.json ? ReportJson(report) : ReportText(report);
}

void Run(const CalibrateOptions& options) {
  const bool by_share = !options.strong_model_pct.empty();
  const bool by_loss = !options.labels.outcomes.empty();
  if (by_share == by_loss) {
    Exit({ErrorCode::kInvalidRequest,
          "say what to calibrate for: --strong-model-pct, or --max-quality-loss with --outcomes, "
          "--strong-model and --weak-model",
          ""});
  }
  const auto report = by_share ? CalibrateShares(options) : Certify(options);
  if (!report) Exit(report.error());
  fmt::print("{}", *report);
}

void AddRouterOptions(CLI::App& command, CalibrateOptions& options) {
  AddRouterFlags(command, options.router, "Router to calibrate");
  command
      .add_option("--pair", options.pair,
                  "Models of the checkpoint whose win rate is predicted, as strong_model and "
                  "weak_model of a router in the configuration; default: the checkpoint's own pair")
      ->expected(2)
      ->type_name("STRONG WEAK");
  command.add_option("--max-bytes", options.max_bytes, "Bytes of a prompt that are scored")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command.add_flag("--json", options.json, "Print one JSON object");
}

CLI::Option* AddShareOptions(CLI::App& command, CalibrateOptions& options) {
  auto* shares = command.add_option(
      "--strong-model-pct", options.strong_model_pct,
      "Shares of calls that the strong model is to answer, above 0 and below 1; a threshold is "
      "printed for each");
  shares->type_name("SHARE");
  auto* input =
      command.add_option("--input", options.input.path,
                         "Prompts to calibrate on: a file, a folder of queries or battles, or - "
                         "for standard input; default: the router's calibration table");
  input->type_name("FILE")->needs(shares);
  AddChoice(command, "--input-format", options.input.format,
            "auto: by the name (.csv, .jsonl, also .gz, or a folder), otherwise a prompt a "
            "line, JSON where it begins with {; jsonl: objects with `prompt` or `messages`, "
            "such as *.queries.jsonl; csv: a column, or battles and Chatbot Arena exports, "
            "whose last turn is taken",
            {{"auto", InputFormat::kAuto},
             {"lines", InputFormat::kLines},
             {"jsonl", InputFormat::kJsonl},
             {"csv", InputFormat::kCsv}})
      ->needs(input);
  command
      .add_option("--column", options.input.column,
                  "Column of CSV, or key of JSON Lines, with the prompt")
      ->capture_default_str()
      ->needs(input);
  return shares;
}

void AddLossOptions(CLI::App& command, CalibrateOptions& options, CLI::Option* shares) {
  auto* outcomes =
      command.add_option("--outcomes", options.labels.outcomes,
                         "Files or folders with outcomes of both models "
                         "(docs/formats/outcomes.md) that the router was not trained on");
  outcomes->type_name("PATH")->excludes(shares);
  auto* loss = command.add_option(
      "--max-quality-loss", options.certification.max_quality_loss,
      "Find the threshold with the fewest strong calls at which the mean outcome is certified to "
      "be at most so much below the strong model's, above 0 and below 1");
  loss->needs(outcomes);
  outcomes->needs(loss);
  command
      .add_option("--confidence", options.certification.confidence,
                  "Probability with which the certificate holds")
      ->capture_default_str()
      ->needs(outcomes);
  AddChoice(command, "--bound", options.certification.bound,
            "betting: the net loss; hoeffding-bentkus: gains of the weak model make up for "
            "nothing. Choose before you look",
            {{"betting", evaluation::LossBound::kBetting},
             {"hoeffding-bentkus", evaluation::LossBound::kHoeffdingBentkus}})
      ->needs(outcomes);
  auto* strong =
      command.add_option("--strong-model", options.labels.strong_model, "Name in the outcomes");
  auto* weak =
      command.add_option("--weak-model", options.labels.weak_model, "Name in the outcomes");
  for (auto* model : {strong, weak}) {
    model->needs(outcomes);
    outcomes->needs(model);
  }
}

}  // namespace

void AddCalibrate(CLI::App& app) {
  auto* command = app.add_subcommand(
      "calibrate",
      "Choose a router's threshold: by a share of strong calls, or by a loss of quality");
  const auto options = std::make_shared<CalibrateOptions>();
  AddRouterOptions(*command, *options);
  CLI::Option* const shares = AddShareOptions(*command, *options);
  AddLossOptions(*command, *options, shares);
  command->footer(
      "Examples:\n"
      "  routellm calibrate --router mf --strong-model-pct 0.5 0.3 --input prompts.jsonl\n"
      "  routellm calibrate --max-quality-loss 0.02 --confidence 0.95 --outcomes labels \\\n"
      "    --strong-model gpt-4o --weak-model llama3");
  command->callback([options] { Run(*options); });
}

}  // namespace routellm::cli
