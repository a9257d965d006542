// Line by line from one file descriptor to another, on several threads, in order and in bounded
// memory.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "core/error.h"

namespace routellm::cli {

struct LineOutput {
  std::string results;      // for the output
  std::string diagnostics;  // for the error output
};

// `number` counts from 1. `text` comes without its line end (LF or CR LF); at least kLinePadding
// bytes behind it may be read, whatever they hold.
struct Line {
  std::string_view text;
  std::size_t number;
};

// Appends to `output` what the lines give, which follow each other. Called by one thread.
using LineFunction = std::function<void(std::span<const Line> lines, LineOutput& output)>;

inline constexpr std::size_t kLinePadding = 64;

// That a function gets at a time, at most.
inline constexpr std::size_t kMaxLines = 64;

// Of a longer line the rest is dropped.
inline constexpr std::size_t kMaxLineBytes = std::size_t{64} << 20;

struct LineStreams {
  int input;
  int output;
  int diagnostics;
};

// Reads to the end of the input. Each of `threads` threads calls a function of its own from
// `make_function`; results are written in the order of the lines, and lines that have arrived do
// not wait for more. Memory: a few hundred KiB and the longest line, for each thread. Stops early,
// without error, when the reader of the output has gone (the process must ignore SIGPIPE). Error
// kIo if reading or writing fails.
[[nodiscard]] Result<void> ProcessLines(const LineStreams& streams, unsigned threads,
                                        const std::function<LineFunction()>& make_function);

}  // namespace routellm::cli
