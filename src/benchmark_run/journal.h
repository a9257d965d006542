// The record of a run: every reply as soon as it is there, so that an interruption loses nothing.
//
// JSON Lines. The first line holds the protocol of the run: {"journal": 1, "protocol": {...}}. Each
// other line is a reply: {"id", "request" (digest of the body that was sent), "text",
// "finish_reason", "prompt_tokens", "completion_tokens"}. Of several with one id the last counts.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <nlohmann/json.hpp>

#include "benchmark_run/chat_api.h"
#include "core/error.h"

namespace routellm::benchmark_run {

class Journal {
 public:
  // Opens the journal at `path`, or begins it, and keeps other processes from it until destruction.
  // A last line that is cut off is removed. `protocol`, an object, holds whatever makes two runs
  // comparable, and nothing that may change from one start to the next, such as an address.
  //
  // Errors: kInvalidRequest if it was begun with another protocol (the message names what differs)
  // or another process writes it; kInvalidData with line for one that is garbled; kIo.
  [[nodiscard]] static Result<std::unique_ptr<Journal>> Open(const std::filesystem::path& path,
                                                             const nlohmann::json& protocol);
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  ~Journal();

  // The reply to the request with that digest. Thread-safe.
  [[nodiscard]] std::optional<ChatReply> Find(std::string_view id,
                                              std::string_view request_digest) const;

  // Writes one line; it is on the disk within about a second, or at destruction. Thread-safe. Error
  // kIo.
  [[nodiscard]] Result<void> Append(const std::string& id, const std::string& request_digest,
                                    const ChatReply& reply);

  // Tokens of all replies that were there when it was opened.
  [[nodiscard]] TokenUsage tokens_at_open() const { return tokens_at_open_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  struct Entry {
    std::string request;
    ChatReply reply;
  };

  Journal(std::filesystem::path path, int file) : path_(std::move(path)), file_(file) {}

  Result<void> Read(const nlohmann::json& protocol);
  Result<void> WriteLine(const nlohmann::json& line);
  [[nodiscard]] tl::unexpected<Error> IoError(std::string_view what) const;

  // Constant after Open.
  const std::filesystem::path path_;
  const int file_;
  TokenUsage tokens_at_open_;

  mutable std::mutex mutex_;
  // Protected by mutex_.
  std::unordered_map<std::string, Entry> entries_;
  std::chrono::steady_clock::time_point synced_;
};

}  // namespace routellm::benchmark_run
