#include "data/binary_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace routellm::data {

Result<std::vector<std::byte>> ReadBinaryFile(const std::string& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error) return Fail(ErrorCode::kIo, "cannot read " + path, error.message());
  std::vector<std::byte> bytes(size);
  std::ifstream file(path, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size))) {
    return Fail(ErrorCode::kIo, "cannot read " + path, std::strerror(errno));
  }
  return bytes;
}

}  // namespace routellm::data
