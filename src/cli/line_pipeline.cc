#include "cli/line_pipeline.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace routellm::cli {
namespace {

constexpr std::size_t kReadBytes = 128 * 1024;

struct Batch {
  std::size_t sequence = 0;      // of the batches, from 0
  std::size_t first_number = 1;  // of its first line
  std::string text;              // whole lines, then kLinePadding bytes
  std::size_t size = 0;          // of the lines

  [[nodiscard]] std::string_view lines() const { return std::string_view(text).substr(0, size); }
};

// Cuts the input into batches. Not thread-safe.
class LineReader {
 public:
  explicit LineReader(int input) : input_(input) {}

  // False at the end of the input. Error kIo.
  Result<bool> Read(Batch& batch) {
    batch.text.swap(rest_);
    rest_.clear();
    std::size_t searched = 0;
    for (;;) {
      const std::size_t line_end = std::string_view(batch.text).substr(searched).rfind('\n');
      if (line_end != std::string_view::npos) {
        const std::size_t size = searched + line_end + 1;
        rest_.assign(batch.text, size);
        batch.text.resize(size);
        break;
      }
      searched = batch.text.size();
      const auto more = Append(batch.text);
      if (!more) return tl::unexpected(more.error());
      if (!*more) break;
    }
    if (batch.text.empty()) return false;
    batch.size = batch.text.size();
    batch.sequence = sequence_++;
    batch.first_number = next_number_;
    next_number_ +=
        static_cast<std::size_t>(std::count(batch.text.begin(), batch.text.end(), '\n'));
    batch.text.append(kLinePadding, '\0');
    return true;
  }

 private:
  // Reads what there is. False at the end of the input.
  Result<bool> Append(std::string& text) {
    const std::size_t size = text.size();
    text.resize(size + kReadBytes);
    ssize_t got = 0;
    do {
      got = ::read(input_, text.data() + size, kReadBytes);
    } while (got < 0 && errno == EINTR);
    if (got < 0) return Fail(ErrorCode::kIo, "cannot read the input", std::strerror(errno));
    text.resize(size + static_cast<std::size_t>(got));
    if (size > kMaxLineBytes) {
      const std::size_t line_end = text.find('\n', size);
      text.erase(size, std::min(line_end, text.size()) - size);
    }
    return got > 0;
  }

  int input_;
  std::string rest_;  // read behind the last line end
  std::size_t sequence_ = 0;
  std::size_t next_number_ = 1;
};

// Error: errno of a failed write.
tl::expected<void, int> WriteAll(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno != EINTR) return tl::unexpected(errno);
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

// What the threads share. Each of them reads a batch, works on it, and writes it when its turn has
// come, so that there are never more batches than threads.
class Pipeline {
 public:
  explicit Pipeline(const LineStreams& streams) : streams_(streams), reader_(streams.input) {}

  void Work(const LineFunction& function) {
    Batch batch;
    LineOutput output;
    while (Next(batch)) {
      output.results.clear();
      output.diagnostics.clear();
      Apply(function, batch, output);
      Write(batch.sequence, output);
    }
  }

  [[nodiscard]] Result<void> result() const {
    if (error_) return tl::unexpected(*error_);
    return {};
  }

 private:
  bool Next(Batch& batch) {
    const std::lock_guard reading(reading_);
    {
      const std::lock_guard lock(writing_);
      if (stopped_) return false;
    }
    batch.text.clear();
    const auto more = reader_.Read(batch);
    if (!more) Stop(more.error());
    return more.value_or(false);
  }

  static void Apply(const LineFunction& function, const Batch& batch, LineOutput& output) {
    std::string_view rest = batch.lines();
    std::vector<Line> lines;
    lines.reserve(kMaxLines);
    for (std::size_t number = batch.first_number; !rest.empty(); ++number) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      std::string_view line = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (line.ends_with('\r')) line.remove_suffix(1);
      lines.push_back({line, number});
      if (lines.size() < kMaxLines && !rest.empty()) continue;
      function(lines, output);
      lines.clear();
    }
  }

  void Write(std::size_t sequence, const LineOutput& output) {
    std::unique_lock lock(writing_);
    turn_.wait(lock, [&] { return written_ == sequence; });
    if (!stopped_) {
      (void)WriteAll(streams_.diagnostics, output.diagnostics);
      const auto written = WriteAll(streams_.output, output.results);
      stopped_ = !written;
      if (!written && written.error() != EPIPE) {
        error_ = Error{ErrorCode::kIo, "cannot write the results", std::strerror(written.error())};
      }
    }
    ++written_;
    turn_.notify_all();
  }

  void Stop(Error error) {
    const std::lock_guard lock(writing_);
    stopped_ = true;
    error_ = std::move(error);
  }

  const LineStreams streams_;
  std::mutex reading_;  // protects:
  LineReader reader_;
  std::mutex writing_;  // protects:
  std::condition_variable turn_;
  std::size_t written_ = 0;  // batches
  bool stopped_ = false;
  std::optional<Error> error_;
};

}  // namespace

Result<void> ProcessLines(const LineStreams& streams, unsigned threads,
                          const std::function<LineFunction()>& make_function) {
  Pipeline pipeline(streams);
  std::vector<std::jthread> others;
  for (unsigned i = 1; i < threads; ++i) {
    others.emplace_back([&pipeline, function = make_function()] { pipeline.Work(function); });
  }
  pipeline.Work(make_function());
  others.clear();
  return pipeline.result();
}

}  // namespace routellm::cli
