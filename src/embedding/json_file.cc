#include "embedding/json_file.h"

#include <utility>

#include "data/text_file.h"

namespace routellm::embedding {
namespace fs = std::filesystem;
using Json = nlohmann::json;

Result<JsonFile> JsonFile::Load(const fs::path& file) {
  const auto text = data::ReadTextFile(file);
  if (!text) return tl::unexpected(text.error());
  try {
    return JsonFile(file.string(), Json::parse(*text));
  } catch (const Json::parse_error& error) {
    return Fail(ErrorCode::kInvalidData,
                file.string() + ": no JSON from byte " + std::to_string(error.byte) + " on");
  }
}

Result<JsonFile> JsonFile::LoadIfPresent(const fs::path& file) {
  std::error_code error;
  if (!fs::exists(file, error)) return JsonFile(file.string(), Json::object());
  return Load(file);
}

const Json* JsonFile::Find(std::string_view key) const {
  if (!root_.is_object()) return nullptr;
  const auto found = root_.find(key);
  return found == root_.end() || found->is_null() ? nullptr : &*found;
}

Result<bool> JsonFile::Bool(std::string_view key, bool otherwise) const {
  const Json* value = Find(key);
  if (value == nullptr) return otherwise;
  if (!value->is_boolean()) return Wrong(key, "true or false");
  return value->get<bool>();
}

Result<std::size_t> JsonFile::Size(std::string_view key,
                                   std::optional<std::size_t> otherwise) const {
  const Json* value = Find(key);
  if (value == nullptr && otherwise) return *otherwise;
  if (value == nullptr || !value->is_number_unsigned()) return Wrong(key, "a whole number");
  return value->get<std::size_t>();
}

Result<double> JsonFile::Number(std::string_view key, double otherwise) const {
  const Json* value = Find(key);
  if (value == nullptr) return otherwise;
  if (!value->is_number()) return Wrong(key, "a number");
  return value->get<double>();
}

Result<std::string> JsonFile::String(std::string_view key,
                                     std::optional<std::string> otherwise) const {
  const Json* value = Find(key);
  if (value == nullptr && otherwise) return *std::move(otherwise);
  if (value == nullptr || !value->is_string()) return Wrong(key, "a string");
  return value->get<std::string>();
}

tl::unexpected<Error> JsonFile::Invalid(std::string_view what) const {
  return Fail(ErrorCode::kInvalidData, file_ + ": " + std::string(what));
}

tl::unexpected<Error> JsonFile::Wrong(std::string_view key, std::string_view needed) const {
  return Invalid("key '" + std::string(key) + "' must be " + std::string(needed));
}

}  // namespace routellm::embedding
