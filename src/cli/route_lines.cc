#include "cli/route_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "openai/json_text.h"
#include "text/utf8.h"

namespace routellm::cli {
namespace {

// The lines of one call. A parser's views end with its next call, so that what was read is copied.
class Batch {
 public:
  Batch(const Decider& decider, PromptFormat format)
      : decider_(decider), format_(format), parser_(decider.max_bytes, "the line") {}

  // Whether every line has a decision.
  bool Route(std::span<const Line> lines, LineOutput& output) {
    requests_.resize(std::max(requests_.size(), lines.size()));
    texts_.clear();
    for (std::size_t i = 0; i < lines.size(); ++i) Read(lines[i], requests_[i]);
    const auto win_rates = decider_.scorer->Score(texts_);
    bool complete = true;
    auto win_rate = win_rates.begin();
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const auto& error = requests_[i].error;
      complete &= Write(requests_[i], error ? tl::unexpected(*error) : *win_rate++, lines[i].number,
                        output);
    }
    return complete;
  }

 private:
  struct Request {
    std::string text;
    std::string id;
    std::optional<Error> error;
  };

  void Read(const Line& line, Request& request) {
    const auto prompt = ReadPromptLine(parser_, format_, line.text);
    request.id = prompt && !prompt->id.empty() ? prompt->id : std::to_string(line.number);
    request.error.reset();
    if (!prompt) {
      request.error = prompt.error();
      if (format_ == PromptFormat::kAuto)
        request.error->public_message += " (--format lines takes any line for a prompt)";
    } else if (prompt->text.empty()) {
      request.error = Error{ErrorCode::kInvalidRequest, "there is no text to score", {}};
    } else {
      request.text = text::TruncateUtf8(prompt->text, decider_.max_bytes);
      texts_.push_back(request.text);
    }
  }

  bool Write(const Request& request, const Result<WinRate>& win_rate, std::size_t number,
             LineOutput& output) const {
    output.results.append(R"({"id":)").append(request.id).append(",");
    if (win_rate) {
      output.results += DecisionMembers(decider_, *win_rate);
    } else {
      // A server's failure has its reason in the detail.
      const std::string message = win_rate.error().ToString();
      output.results += R"("error":)" + openai::ToJsonString(message);
      output.diagnostics += fmt::format("routellm: line {}: {}\n", number, message);
    }
    output.results += "}\n";
    return win_rate.has_value();
  }

  const Decider& decider_;
  const PromptFormat format_;
  openai::RequestParser parser_;
  std::vector<Request> requests_;
  std::vector<std::string_view> texts_;
};

}  // namespace

Result<WinRate> Score(const Decider& decider, std::string_view text) {
  if (text.empty()) return Fail(ErrorCode::kInvalidRequest, "there is no text to score");
  const std::array<std::string_view, 1> one{text::TruncateUtf8(text, decider.max_bytes)};
  return std::move(decider.scorer->Score(one).front());
}

std::string DecisionMembers(const Decider& decider, WinRate win_rate) {
  const bool strong = Decide(win_rate, decider.threshold) == Choice::kStrong;
  return fmt::format(R"("win_rate":{},"model":{},"router":{},"threshold":{})", win_rate.value(),
                     openai::ToJsonString(strong ? decider.strong_model : decider.weak_model),
                     openai::ToJsonString(decider.router_name), decider.threshold.value());
}

LineFunction RouteLines(const Decider& decider, PromptFormat format, std::atomic<bool>& failed) {
  return [batch = std::make_shared<Batch>(decider, format), &failed](std::span<const Line> lines,
                                                                     LineOutput& output) {
    if (!batch->Route(lines, output)) failed = true;
  };
}

}  // namespace routellm::cli
