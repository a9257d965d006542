// Files for one test.
#pragma once

#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "core/testing/temporary_folder.h"

namespace routellm::data {

// A folder that is empty at construction and removed at destruction.
class TestFolder {
 public:
  [[nodiscard]] std::filesystem::path path() const {
    return std::filesystem::path(folder_.File("x")).parent_path();
  }

  std::filesystem::path Write(const std::string& name, std::string_view text) const {
    std::ofstream(folder_.File(name), std::ios::binary) << text;
    return folder_.File(name);
  }

  std::filesystem::path WriteGzip(const std::string& name, std::string_view text) const {
    const gzFile out = gzopen(folder_.File(name).c_str(), "wb");
    gzwrite(out, text.data(), static_cast<unsigned>(text.size()));
    gzclose(out);
    return folder_.File(name);
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace routellm::data
