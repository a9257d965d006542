// Files of known content from the web.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "core/error.h"
#include "http_client/client.h"
#include "http_client/retry.h"

namespace routellm::http_client {

struct RemoteFile {
  std::string url;
  std::filesystem::path path;  // where it is to be
  std::uint64_t bytes = 0;     // its size
  std::string sha256;          // 64 lower-case hexadecimal digits
};

enum class Fetched : std::uint8_t { kWasThere, kDownloaded };

// Makes `file.path` be the file: nothing if it is already, else a download to PATH.part, which
// takes its name only when size and digest are right. Folders are made as needed.
//
// What came before a failure or a cancellation stays in PATH.part, and the next call asks for the
// rest of it: with Range, and If-Range where the server named a strong ETag in this call. A server
// that answers with the whole file (200), with another range or with 416 is taken at its first byte
// again. If a file that was completed from a former call has the wrong digest, it is downloaded
// once more; a file that is wrong from its first byte on is removed.
//
// `on_bytes` is told the size of each piece, in the calling thread; it may sum up to more than the
// size. Thread-safe for different paths and clients. A path that another process is downloading is
// kIo. Errors: those of Client::Perform; kNotFound for 404 and 410, kUpstreamUnavailable for every
// other status but 200 and 206; kInvalidData for the wrong content, with what was expected and
// seen; kIo.
[[nodiscard]] Result<Fetched> FetchFile(Client& client, const RemoteFile& file,
                                        const RetryPolicy& policy, const RetryWorld& world,
                                        const std::function<void(std::uint64_t)>& on_bytes);

}  // namespace routellm::http_client
