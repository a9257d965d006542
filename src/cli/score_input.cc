#include "cli/score_input.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "cli/line_pipeline.h"
#include "cli/prompt_line.h"
#include "data/prompt_file.h"
#include "data/text_file.h"
#include "text/utf8.h"

namespace routellm::cli {
namespace fs = std::filesystem;
namespace {

// Scores lines as they come, on several threads.
class LineScorer {
 public:
  LineScorer(const evidence_client::Scorer& scorer, std::string file, PromptFormat format,
             std::size_t max_bytes)
      : scorer_(scorer), file_(std::move(file)), format_(format), max_bytes_(max_bytes) {}

  Result<ScoredInput> Score(int input) {
    const unsigned threads = std::max(1U, std::thread::hardware_concurrency());
    auto read = ProcessLines({input, STDOUT_FILENO, STDERR_FILENO}, threads,
                             [this] { return MakeFunction(); });
    if (!read) return tl::unexpected(std::move(read.error()));
    if (error_) return tl::unexpected(*error_);
    ScoredInput all;
    for (const ScoredInput& part : parts_) {
      all.win_rates.insert(all.win_rates.end(), part.win_rates.begin(), part.win_rates.end());
      all.without_text += part.without_text;
    }
    return all;
  }

 private:
  LineFunction MakeFunction() {
    ScoredInput& part = parts_.emplace_back();
    const auto parser = std::make_shared<openai::RequestParser>(max_bytes_, "the line");
    return [this, &part, parser](std::span<const Line> lines, LineOutput&) {
      std::vector<std::string> texts;
      std::vector<std::size_t> numbers;
      for (const auto& [line, number] : lines) {
        // Lines before the first bad one are still read, so that it is the first that is reported.
        if (number > first_bad_line_ || line.find_first_not_of(" \t") == std::string_view::npos)
          continue;
        auto text = ReadLine(*parser, line, part);
        if (!text) {
          Report(number, text.error());
        } else if (!text->empty()) {
          texts.push_back(*std::move(text));
          numbers.push_back(number);
        }
      }
      ScoreTexts({texts.begin(), texts.end()}, numbers, part);
    };
  }

  // Empty for a request without text, which it counts.
  Result<std::string> ReadLine(openai::RequestParser& parser, std::string_view line,
                               ScoredInput& part) {
    const auto prompt = ReadPromptLine(parser, format_, line);
    if (!prompt) return tl::unexpected(prompt.error());
    if (prompt->text.empty()) {
      if (!prompt->has_prompt && !prompt->has_messages)
        return Fail(ErrorCode::kInvalidData, "there is neither `prompt` nor `messages`");
      ++part.without_text;
    }
    if (!prompt->is_json && !text::IsValidUtf8(line))
      return Fail(ErrorCode::kInvalidData, "not valid UTF-8");
    return std::string(text::TruncateUtf8(prompt->text, max_bytes_));
  }

  void ScoreTexts(const std::vector<std::string_view>& texts,
                  const std::vector<std::size_t>& numbers, ScoredInput& part) {
    const auto win_rates = scorer_.Score(texts);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (win_rates[i]) {
        part.win_rates.push_back(win_rates[i]->value());
      } else {
        Report(numbers[i], win_rates[i].error());
      }
    }
  }

  void Report(std::size_t number, const Error& error) {
    const std::lock_guard lock(mutex_);
    if (number > first_bad_line_) return;
    first_bad_line_ = number;
    error_ = data::InvalidData(file_, number, error.ToString());
  }

  const evidence_client::Scorer& scorer_;
  const std::string file_;
  const PromptFormat format_;
  const std::size_t max_bytes_;
  std::list<ScoredInput> parts_;  // one for each thread
  std::atomic<std::size_t> first_bad_line_ = SIZE_MAX;
  std::mutex mutex_;            // protects:
  std::optional<Error> error_;  // of first_bad_line_
};

// Closes what it opened, which standard input is not.
class InputFile {
 public:
  explicit InputFile(const std::string& path)
      : descriptor_(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile() {
    if (descriptor_ > STDERR_FILENO) ::close(descriptor_);
  }
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

std::string ShownName(const std::string& path) { return path == "-" ? "standard input" : path; }

Result<ScoredInput> ScoreLines(const evidence_client::Scorer& scorer, const PromptInput& input,
                               std::size_t max_bytes) {
  const InputFile file(input.path);
  if (file.descriptor() < 0)
    return Fail(ErrorCode::kIo, "cannot open a file", input.path + ": " + std::strerror(errno));
  const bool jsonl = input.format == InputFormat::kJsonl ||
                     (input.format == InputFormat::kAuto && input.path.ends_with(".jsonl"));
  const PromptFormat otherwise =
      input.format == InputFormat::kLines ? PromptFormat::kLines : PromptFormat::kAuto;
  return LineScorer(scorer, ShownName(input.path), jsonl ? PromptFormat::kJsonl : otherwise,
                    max_bytes)
      .Score(file.descriptor());
}

Result<ScoredInput> ScoreFiles(const evidence_client::Scorer& scorer, const PromptInput& input,
                               std::size_t max_bytes) {
  auto kind = data::PromptFileKind::kByName;
  if (input.format == InputFormat::kCsv) kind = data::PromptFileKind::kCsv;
  if (input.format == InputFormat::kJsonl) kind = data::PromptFileKind::kJsonLines;
  const auto files = data::FindPromptFiles(input.path == "-" ? "/dev/stdin" : input.path);
  if (!files) return tl::unexpected(files.error());
  ScoredInput all;
  for (const fs::path& file : *files) {
    auto prompts = data::LoadPrompts(file, input.column, kind);
    if (!prompts) return tl::unexpected(prompts.error());
    std::vector<std::string> texts;
    texts.reserve(prompts->size());
    for (data::Prompt& prompt : *prompts) {
      if (!prompt.text.empty()) texts.push_back(std::move(prompt.text));
    }
    all.without_text += prompts->size() - texts.size();
    const auto scores = scorer.ScoreAll(texts, max_bytes);
    if (!scores) return tl::unexpected(scores.error());
    all.win_rates.insert(all.win_rates.end(), scores->begin(), scores->end());
  }
  return all;
}

// Whether the input needs to be in memory as a whole.
bool IsFile(const PromptInput& input) {
  if (input.format == InputFormat::kCsv) return true;
  if (input.format == InputFormat::kLines) return false;
  if (input.column != PromptInput().column) return true;
  if (input.format == InputFormat::kJsonl) return false;
  std::error_code error;
  return fs::is_directory(input.path, error) || input.path.ends_with(".gz") ||
         input.path.ends_with(".csv") || input.path.ends_with(".battles.jsonl");
}

}  // namespace

Result<ScoredInput> ScoreInput(const evidence_client::Scorer& scorer, const PromptInput& input,
                               std::size_t max_bytes) {
  auto scored =
      IsFile(input) ? ScoreFiles(scorer, input, max_bytes) : ScoreLines(scorer, input, max_bytes);
  if (scored && scored->win_rates.empty())
    return Fail(ErrorCode::kInvalidData, "there is no prompt to score", ShownName(input.path));
  return scored;
}

}  // namespace routellm::cli
