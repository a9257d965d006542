// The lines that an `exec` router's program reads and writes: JSON objects, one a line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/win_rate.h"

namespace routellm::evidence {

// {"id":ID,"prompt":PROMPT} and the line's end. `prompt` is valid UTF-8.
[[nodiscard]] std::string AskLine(std::uint64_t id, std::string_view prompt);

struct AnswerLine {
  std::uint64_t id;
  Result<WinRate> win_rate;
};

// Reads {"id":ID,"win_rate":W}, or {"id":ID,"error":TEXT}, which is an error kUpstreamUnavailable
// with the text, shortened; other keys are not looked at. A win rate that is none is that ask's
// error kInvalidData. Error kInvalidData, without any text of the line, for one without an id.
[[nodiscard]] Result<AnswerLine> ReadAnswerLine(std::string_view line);

// `text` for a log: one line of valid UTF-8, without control characters, shortened.
[[nodiscard]] std::string LogLine(std::string_view text);

}  // namespace routellm::evidence
