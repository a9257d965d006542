#include "cli/contamination_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <unordered_set>

#include <nlohmann/json.hpp>

#include "text/utf8.h"

namespace routellm::cli {
namespace {

using contamination::Match;
using contamination::MatchKind;
using nlohmann::ordered_json;

constexpr std::size_t kShownBytes = 100;

// The surest match of each evaluation prompt that has one.
std::vector<Match> SurestMatches(const std::vector<Match>& matches) {
  std::unordered_set<std::uint32_t> seen;
  std::vector<Match> surest;
  for (const Match& match : matches) {
    if (seen.insert(match.eval).second) surest.push_back(match);
  }
  return surest;
}

std::array<std::size_t, contamination::kMatchKinds> CountByKind(const std::vector<Match>& matches) {
  std::array<std::size_t, contamination::kMatchKinds> counts{};
  for (const Match& match : matches) ++counts[static_cast<std::size_t>(match.kind)];
  return counts;
}

// In one line, without control characters.
std::string Beginning(std::string_view text) {
  const std::string_view shown = text::TruncateUtf8(text, kShownBytes);
  std::string line;
  for (const char c : shown) {
    const bool space = static_cast<unsigned char>(c) <= ' ' || c == '\x7F';
    if (space && (line.empty() || line.ends_with(' '))) continue;
    line += space ? ' ' : c;
  }
  return shown.size() < text.size() ? line + "..." : line;
}

std::string KindMeaning(MatchKind kind, const ContaminationReport& report) {
  const contamination::MatchOptions& options = report.options;
  switch (kind) {
    case MatchKind::kExact:
      return "the same words";
    case MatchKind::kStem:
      return "the same words before the options";
    case MatchKind::kOverlap:
      return fmt::format("{} or more of the shorter text's runs of {} words", options.overlap,
                         options.run_words);
    case MatchKind::kCosine:
      break;
  }
  return report.vectors.empty() ? "not measured"
                                : fmt::format("{} or more, of {}", options.cosine, report.vectors);
}

void AppendMatch(std::string& text, const Match& match, const ContaminationReport& report) {
  const SourcedPrompt& train = report.train[match.train];
  const SourcedPrompt& eval = report.eval[match.eval];
  text +=
      fmt::format("\n{}: overlap {:.2f}", contamination::MatchKindName(match.kind), match.overlap);
  if (match.cosine) text += fmt::format(", cosine {:.3f}", *match.cosine);
  text += fmt::format("\n  {} {}: {}\n  {} {}: {}\n", eval.source, eval.id, Beginning(eval.text),
                      train.source, train.id, Beginning(train.text));
}

ordered_json PromptJson(const SourcedPrompt& prompt) {
  return {{"source", prompt.source},
          {"id", prompt.id},
          {"index", prompt.index},
          {"prompt", prompt.text}};
}

ordered_json OrNull(const std::optional<double>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

std::string Dump(const ordered_json& object, int indent) {
  return object.dump(indent, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string ContaminationText(const ContaminationReport& report, std::size_t top) {
  const auto surest = SurestMatches(report.matches);
  const auto counts = CountByKind(surest);
  std::string text = fmt::format(
      "{}: {} of {} prompts occur among {} training prompts ({} files)\n", report.eval_name,
      surest.size(), report.eval.size(), report.train.size(), report.train_files.size());
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const auto kind = static_cast<MatchKind>(i);
    text += fmt::format("{:>7}  {:<8} {}\n", counts[i], contamination::MatchKindName(kind),
                        KindMeaning(kind, report));
  }
  const std::size_t shown = std::min(top, surest.size());
  for (std::size_t i = 0; i < shown; ++i) AppendMatch(text, surest[i], report);
  if (shown < surest.size()) {
    text += fmt::format("\n... and {} more (--top, --json, --out)\n", surest.size() - shown);
  }
  return text;
}

std::string ContaminationJson(const ContaminationReport& report) {
  const auto surest = SurestMatches(report.matches);
  const auto counts = CountByKind(surest);
  ordered_json kinds = ordered_json::object();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    kinds[std::string(contamination::MatchKindName(static_cast<MatchKind>(i)))] = counts[i];
  }
  ordered_json matches = ordered_json::array();
  for (const Match& match : report.matches) {
    matches.push_back({{"kind", contamination::MatchKindName(match.kind)},
                       {"overlap", match.overlap},
                       {"cosine", OrNull(match.cosine)},
                       {"eval", PromptJson(report.eval[match.eval])},
                       {"train", PromptJson(report.train[match.train])}});
  }
  return Dump(
      {{"eval", report.eval_name},
       {"eval_prompts", report.eval.size()},
       {"train_files", report.train_files},
       {"train_prompts", report.train.size()},
       {"thresholds",
        {{"run_words", report.options.run_words},
         {"overlap", report.options.overlap},
         {"cosine",
          report.vectors.empty() ? ordered_json(nullptr) : ordered_json(report.options.cosine)}}},
       {"vectors", report.vectors.empty() ? ordered_json(nullptr) : ordered_json(report.vectors)},
       {"found", surest.size()},
       {"found_by_kind", std::move(kinds)},
       {"matches", std::move(matches)}},
      2);
}

std::string ExclusionList(const ContaminationReport& report) {
  std::string list;
  for (const Match& match : SurestMatches(report.matches)) {
    const SourcedPrompt& train = report.train[match.train];
    const SourcedPrompt& eval = report.eval[match.eval];
    list += Dump({{"train_prompt", train.text},
                  {"eval_prompt", eval.text},
                  {"train_idx", train.index},
                  {"eval_idx", eval.index},
                  {"kind", contamination::MatchKindName(match.kind)},
                  {"overlap", match.overlap},
                  {"cosine", OrNull(match.cosine)},
                  {"train_source", train.source},
                  {"train_id", train.id}},
                 -1);
  }
  return list;
}

}  // namespace routellm::cli
