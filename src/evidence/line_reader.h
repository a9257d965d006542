// Lines from a pipe that does not block.
#pragma once

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>

namespace routellm::evidence {

class LineReader {
 public:
  // Of a line over `longest` bytes, that much is kept.
  explicit LineReader(std::size_t longest) : longest_(longest) {}

  // Calls `take` with each line that is complete, without its end. Reads until nothing is there for
  // now, or a lot was (true), or nothing will be any more (false); then what came behind the last
  // line is a line, too.
  template <typename Take>
  bool Read(int file, const Take& take) {
    std::array<char, 16 << 10> buffer;
    for (std::size_t round = 0; file >= 0; ++round) {
      if (round == kMostRounds) return true;
      const auto size = ::read(file, buffer.data(), buffer.size());
      if (size < 0 && errno == EINTR) continue;
      if (size < 0 && errno == EAGAIN) return true;
      if (size <= 0) break;
      Add({buffer.data(), static_cast<std::size_t>(size)}, take);
    }
    if (!line_.empty()) take(line_);
    line_.clear();
    return false;
  }

  // Whether a line was longer than may be.
  [[nodiscard]] bool too_long() const { return too_long_; }

 private:
  static constexpr std::size_t kMostRounds = 16;

  template <typename Take>
  void Add(std::string_view text, const Take& take) {
    while (true) {
      const std::size_t end = text.find('\n');
      const std::string_view piece = text.substr(0, end);
      too_long_ = too_long_ || line_.size() + piece.size() > longest_;
      line_ += piece.substr(0, longest_ - line_.size());
      if (end == std::string_view::npos) return;
      take(line_);
      line_.clear();
      text.remove_prefix(end + 1);
    }
  }

  std::size_t longest_;
  std::string line_;
  bool too_long_ = false;
};

}  // namespace routellm::evidence
