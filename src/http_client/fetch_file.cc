#include "http_client/fetch_file.h"

#include <fmt/core.h>

#include <string_view>
#include <system_error>
#include <utility>

#include "http_client/partial_file.h"
#include "http_client/sha256.h"
#include "http_client/shown_url.h"

namespace routellm::http_client {
namespace fs = std::filesystem;
namespace {

// Whether a 206 begins at byte `start` (Content-Range, RFC 9110, 14.4).
bool ContinuesAt(const Response& head, std::uint64_t start) {
  const auto range = head.Find("content-range");
  return range && range->starts_with(fmt::format("bytes {}-", start));
}

class FileFetch {
 public:
  FileFetch(Client& client, const RemoteFile& file, PartialFile& partial,
            const std::function<void(std::uint64_t)>& on_bytes)
      : client_(client), file_(file), partial_(partial), on_bytes_(on_bytes) {}

  // One request for what is missing; two where the server knows of no such range.
  Result<Response> Attempt() {
    auto response = AskForRest();
    if (!response || response->status != 416 || partial_.size() == 0) return response;
    if (auto cleared = partial_.Clear(); !cleared) return tl::unexpected(cleared.error());
    return AskForRest();
  }

 private:
  Result<Response> AskForRest() {
    start_ = partial_.size();
    placed_ = false;
    Request request{.url = file_.url};
    if (start_ > 0) {
      request.headers.push_back({"range", fmt::format("bytes={}-", start_)});
      if (!etag_.empty()) request.headers.push_back({"if-range", etag_});
    }
    return client_.Perform(request, [this](const Response& head, std::string_view piece) {
      return Take(head, piece);
    });
  }

  Result<void> Take(const Response& head, std::string_view piece) {
    if (head.status != 200 && head.status != 206) return {};  // the words of an error
    if (!placed_) {
      if (auto placed = Place(head); !placed) return placed;
    }
    if (piece.size() > file_.bytes - partial_.size()) {
      partial_.Remove();
      return Fail(ErrorCode::kInvalidData, "the server's file is not the one that was expected",
                  fmt::format("expected {} bytes, saw more", file_.bytes));
    }
    on_bytes_(piece.size());
    return partial_.Append(piece);
  }

  // Before the first piece: whether it goes to the end of what is there or replaces it.
  Result<void> Place(const Response& head) {
    placed_ = true;
    const std::string_view etag = head.Find("etag").value_or("");
    etag_ = etag.starts_with('"') ? etag : "";  // "W/" marks weak ones, which If-Range excludes
    if (head.status == 206 && ContinuesAt(head, start_)) return {};
    if (auto cleared = partial_.Clear(); !cleared || head.status == 200) return cleared;
    return Fail(ErrorCode::kUpstreamUnavailable,
                "the server sent another range than was asked for");
  }

  Client& client_;
  const RemoteFile& file_;
  PartialFile& partial_;
  const std::function<void(std::uint64_t)>& on_bytes_;
  std::string etag_;
  std::uint64_t start_ = 0;
  bool placed_ = false;  // the answer's first piece has come
};

Result<void> CheckStatus(const Response& response, const RemoteFile& file) {
  const int status = response.status;
  if (status == 200 || status == 206) return {};
  const bool gone = status == 404 || status == 410;
  return Fail(gone ? ErrorCode::kNotFound : ErrorCode::kUpstreamUnavailable,
              gone ? "the server has no such file" : "the server does not give the file",
              fmt::format("{}: status {}", ShownUrl(file.url), status));
}

Result<void> CheckContent(const fs::path& path, const RemoteFile& file) {
  std::error_code error;
  const std::uintmax_t bytes = fs::file_size(path, error);
  if (error) {
    return Fail(ErrorCode::kIo, "cannot read a file", path.string() + ": " + error.message());
  }
  const auto sha256 = FileSha256(path);
  if (!sha256) return tl::unexpected(sha256.error());
  if (bytes == file.bytes && *sha256 == file.sha256) return {};
  return Fail(ErrorCode::kInvalidData, "the server's file is not the one that was expected",
              fmt::format("{}: expected {} bytes with SHA-256 {}, saw {} bytes with {}",
                          ShownUrl(file.url), file.bytes, file.sha256, bytes, *sha256));
}

bool IsThere(const RemoteFile& file) {
  std::error_code error;
  if (!fs::is_regular_file(file.path, error)) return false;
  return fs::file_size(file.path, error) == file.bytes && CheckContent(file.path, file).has_value();
}

Result<void> MakeFolder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) return {};
  return Fail(ErrorCode::kIo, "cannot make a folder", folder.string() + ": " + error.message());
}

}  // namespace

Result<Fetched> FetchFile(Client& client, const RemoteFile& file, const RetryPolicy& policy,
                          const RetryWorld& world,
                          const std::function<void(std::uint64_t)>& on_bytes) {
  if (IsThere(file)) return Fetched::kWasThere;
  const auto folder = MakeFolder(fs::absolute(file.path).parent_path());
  if (!folder) return tl::unexpected(folder.error());
  auto partial = PartialFile::Open(file.path);
  if (!partial) return tl::unexpected(partial.error());
  if (partial->size() > file.bytes) {
    if (auto cleared = partial->Clear(); !cleared) return tl::unexpected(cleared.error());
  }
  for (bool resumed = partial->size() > 0;; resumed = false) {
    if (partial->size() < file.bytes || !resumed) {
      FileFetch fetch(client, file, *partial, on_bytes);
      const auto response = Retry(policy, world, [&] { return fetch.Attempt(); });
      if (!response) return tl::unexpected(response.error());
      if (auto ok = CheckStatus(*response, file); !ok) return tl::unexpected(ok.error());
    }
    const auto content = CheckContent(partial->part(), file);
    if (content) break;
    if (!resumed) {
      partial->Remove();
      return tl::unexpected(content.error());
    }
    if (auto cleared = partial->Clear(); !cleared) return tl::unexpected(cleared.error());
  }
  return partial->Finish().map([] { return Fetched::kDownloaded; });
}

}  // namespace routellm::http_client
