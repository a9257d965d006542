#include "data/text_file.h"

#include <fmt/core.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace routellm::data {
namespace {

struct CloseGz {
  void operator()(gzFile_s* file) const { gzclose(file); }
};

std::string SystemError(const std::filesystem::path& path, int error) {
  return path.string() + ": " + std::strerror(error);
}

// zlib reports a stream that ends early only after its last byte was delivered.
Result<void> CheckStream(gzFile file, const std::filesystem::path& path) {
  int code = Z_OK;
  const int system_error = errno;
  const char* message = gzerror(file, &code);
  if (code == Z_OK || code == Z_STREAM_END) return {};
  if (code == Z_ERRNO)
    return Fail(ErrorCode::kIo, "cannot read a file", SystemError(path, system_error));
  return Fail(ErrorCode::kInvalidData, "a compressed file is damaged",
              path.string() + ": " + message);
}

}  // namespace

Result<std::string> ReadTextFile(const std::filesystem::path& path) {
  const std::unique_ptr<gzFile_s, CloseGz> file(gzopen(path.c_str(), "rb"));
  if (!file) return Fail(ErrorCode::kIo, "cannot open a file", SystemError(path, errno));
  std::string text;
  std::array<char, 1 << 16> block{};
  for (;;) {
    const int bytes = gzread(file.get(), block.data(), block.size());
    if (bytes <= 0) break;
    text.append(block.data(), static_cast<std::size_t>(bytes));
  }
  if (auto ok = CheckStream(file.get(), path); !ok) return tl::unexpected(ok.error());
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  return text;
}

Error InvalidData(std::string_view file, std::size_t line, std::string_view problem) {
  return {ErrorCode::kInvalidData, "invalid data", fmt::format("{}:{}: {}", file, line, problem)};
}

std::string Quoted(std::string_view text) {
  constexpr std::size_t kLongest = 40;
  if (text.size() <= kLongest) return fmt::format("'{}'", text);
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return fmt::format("'{}...'", text.substr(0, end));
}

}  // namespace routellm::data
