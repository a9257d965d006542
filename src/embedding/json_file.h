// Settings in a file that holds one JSON object.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "core/error.h"

namespace routellm::embedding {

class JsonFile {
 public:
  // Errors: kIo if it cannot be read, kInvalidData if it is not JSON.
  [[nodiscard]] static Result<JsonFile> Load(const std::filesystem::path& file);
  // An empty object if there is no such file.
  [[nodiscard]] static Result<JsonFile> LoadIfPresent(const std::filesystem::path& file);

  [[nodiscard]] const nlohmann::json& root() const { return root_; }
  [[nodiscard]] const std::string& file() const { return file_; }

  // The value of `key` at the top; `otherwise` if it is missing or null. Without `otherwise`, and
  // for a value of another type, error kInvalidData.
  [[nodiscard]] Result<bool> Bool(std::string_view key, bool otherwise) const;
  [[nodiscard]] Result<std::size_t> Size(std::string_view key,
                                         std::optional<std::size_t> otherwise = {}) const;
  [[nodiscard]] Result<double> Number(std::string_view key, double otherwise) const;
  [[nodiscard]] Result<std::string> String(std::string_view key,
                                           std::optional<std::string> otherwise = {}) const;

  // Error kInvalidData that names the file.
  [[nodiscard]] tl::unexpected<Error> Invalid(std::string_view what) const;

 private:
  JsonFile(std::string file, nlohmann::json root)
      : file_(std::move(file)), root_(std::move(root)) {}

  // Null if the key is missing or null.
  [[nodiscard]] const nlohmann::json* Find(std::string_view key) const;
  [[nodiscard]] tl::unexpected<Error> Wrong(std::string_view key, std::string_view needed) const;

  std::string file_;
  nlohmann::json root_;
};

}  // namespace routellm::embedding
