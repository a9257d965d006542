#include "mock/journal.h"

#include <fmt/format.h>
#include <openssl/evp.h>

namespace routellm::mock {
namespace {

std::string Base64(std::string_view bytes) {
  std::string encoded((bytes.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock ends with a NUL
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  encoded.resize(static_cast<std::size_t>(length));
  return encoded;
}

}  // namespace

void Journal::Record(std::string_view raw_request) {
  if (capacity_ == 0) return;
  const std::lock_guard lock(mutex_);
  if (latest_.size() == capacity_) latest_.pop_front();
  latest_.emplace_back(raw_request);
}

std::string Journal::RequestsJson() const {
  const std::lock_guard lock(mutex_);
  std::string json = R"({"requests":[)";
  for (const auto& request : latest_) {
    if (json.back() != '[') json += ',';
    json += '"' + Base64(request) + '"';
  }
  return json += "]}";
}

std::string Journal::StatsJson() const {
  return fmt::format(
      R"({{"connections":{},"requests":{},"answering":{},"completed":{},"aborted":{}}})",
      connections.load(), requests.load(),
      requests.load() - completed.load() - aborted.load() - broken.load(), completed.load(),
      aborted.load());
}

}  // namespace routellm::mock
