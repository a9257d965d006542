#include "benchmark_run/journal.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <set>
#include <utility>

#include "data/json_lines.h"
#include "data/text_file.h"

namespace routellm::benchmark_run {
namespace {

using Json = nlohmann::json;

constexpr int kVersion = 1;

// "temperature (0.0 there, 0.7 now), ..." for the members that differ.
std::string Differences(const Json& there, const Json& now) {
  std::set<std::string> keys;
  for (const Json* protocol : {&there, &now}) {
    for (const auto& member : protocol->items()) keys.insert(member.key());
  }
  std::string text;
  for (const std::string& key : keys) {
    const std::string before = there.value(key, Json()).dump();
    const std::string after = now.value(key, Json()).dump();
    if (before == after) continue;
    text += fmt::format("{}{} ({} there, {} now)", text.empty() ? "" : ", ", key, before, after);
  }
  return text;
}

Result<void> CheckProtocol(const data::JsonLine& line, const Json& protocol) {
  const Json* version = line.Find("journal");
  const Json* there = line.Find("protocol");
  if (version == nullptr || *version != kVersion || there == nullptr || !there->is_object()) {
    return tl::unexpected(
        line.ErrorAt("journal", "not the beginning of a journal of this version"));
  }
  if (*there == protocol) return {};
  return Fail(ErrorCode::kInvalidRequest,
              "this run was begun with other settings; go on with those, take another --out, or "
              "remove the journal to begin anew",
              Differences(*there, protocol));
}

Json ReplyLine(const std::string& id, const std::string& request, const ChatReply& reply) {
  Json line = {{"id", id},
               {"request", request},
               {"text", reply.text},
               {"finish_reason", reply.finish_reason}};
  if (reply.usage) {
    line["prompt_tokens"] = reply.usage->prompt;
    line["completion_tokens"] = reply.usage->completion;
  }
  return line;
}

std::optional<std::uint64_t> Count(const data::JsonLine& line, std::string_view key) {
  const Json* value = line.Find(key);
  return value != nullptr && value->is_number_unsigned()
             ? std::optional(value->get<std::uint64_t>())
             : std::nullopt;
}

}  // namespace

Result<std::unique_ptr<Journal>> Journal::Open(const std::filesystem::path& path,
                                               const Json& protocol) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) {
    return Fail(ErrorCode::kIo, "cannot open a journal",
                path.string() + ": " + std::strerror(errno));
  }
  std::unique_ptr<Journal> journal(new Journal(path, file));
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    return Fail(ErrorCode::kInvalidRequest, "another process is at this run", path.string());
  }
  if (auto read = journal->Read(protocol); !read) return tl::unexpected(read.error());
  return journal;
}

Journal::~Journal() {
  ::fdatasync(file_);
  ::close(file_);
}

Result<void> Journal::Read(const Json& protocol) {
  auto text = data::ReadTextFile(path_);
  if (!text) return tl::unexpected(text.error());
  const std::size_t whole = text->rfind('\n') + 1;  // npos + 1 is 0
  if (whole < text->size()) {
    if (::ftruncate(file_, static_cast<off_t>(whole)) != 0) return IoError("cannot shorten");
    text->resize(whole);
  }
  bool begun = false;
  auto read =
      data::ForEachJsonLine(path_.string(), *text, [&](const data::JsonLine& line) -> Result<void> {
        if (!std::exchange(begun, true)) return CheckProtocol(line, protocol);
        const auto id = line.String("id");
        if (!id) return tl::unexpected(id.error());
        const auto request = line.String("request");
        if (!request) return tl::unexpected(request.error());
        const auto reply = line.String("text");
        if (!reply) return tl::unexpected(reply.error());
        const auto finish_reason = line.String("finish_reason");
        if (!finish_reason) return tl::unexpected(finish_reason.error());
        Entry entry{std::string(*request), {std::string(*reply), std::string(*finish_reason), {}}};
        const auto prompt = Count(line, "prompt_tokens");
        const auto completion = Count(line, "completion_tokens");
        if (prompt && completion) {
          entry.reply.usage = TokenUsage{*prompt, *completion};
          tokens_at_open_.prompt += *prompt;
          tokens_at_open_.completion += *completion;
        }
        entries_.insert_or_assign(std::string(*id), std::move(entry));
        return {};
      });
  if (!read || begun) return read;
  return WriteLine({{"journal", kVersion}, {"protocol", protocol}});
}

std::optional<ChatReply> Journal::Find(std::string_view id, std::string_view request_digest) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(std::string(id));
  if (found == entries_.end() || found->second.request != request_digest) return std::nullopt;
  return found->second.reply;
}

Result<void> Journal::Append(const std::string& id, const std::string& request_digest,
                             const ChatReply& reply) {
  const std::lock_guard lock(mutex_);
  if (auto written = WriteLine(ReplyLine(id, request_digest, reply)); !written) return written;
  entries_.insert_or_assign(id, Entry{request_digest, reply});
  const auto now = std::chrono::steady_clock::now();
  if (now - synced_ < std::chrono::seconds(1)) return {};
  synced_ = now;
  if (::fdatasync(file_) != 0) return IoError("cannot write");
  return {};
}

Result<void> Journal::WriteLine(const Json& line) {
  const std::string text =
      line.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + "\n";
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t written = ::write(file_, rest.data(), rest.size());
    if (written < 0 && errno != EINTR) return IoError("cannot write");
    if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

tl::unexpected<Error> Journal::IoError(std::string_view what) const {
  return Fail(ErrorCode::kIo, fmt::format("{} the journal", what),
              path_.string() + ": " + std::strerror(errno));
}

}  // namespace routellm::benchmark_run
