#include "http_client/sha256.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>

namespace routellm::http_client {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

tl::unexpected<Error> CannotRead(const std::filesystem::path& path) {
  return Fail(ErrorCode::kIo, "cannot read a file", path.string() + ": " + std::strerror(errno));
}

}  // namespace

Result<std::string> FileSha256(const std::filesystem::path& path) {
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rbe"));
  if (!file) return CannotRead(path);
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) {
    throw std::bad_alloc();
  }
  std::array<unsigned char, 1 << 16> block{};
  while (const std::size_t bytes = std::fread(block.data(), 1, block.size(), file.get())) {
    EVP_DigestUpdate(context.get(), block.data(), bytes);
  }
  if (std::ferror(file.get()) != 0) return CannotRead(path);
  std::array<unsigned char, 32> digest{};
  EVP_DigestFinal_ex(context.get(), digest.data(), nullptr);
  return fmt::format("{:02x}", fmt::join(digest, ""));
}

}  // namespace routellm::http_client
