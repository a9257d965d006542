#include "http_client/client.h"

#include <curl/curl.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <new>
#include <utility>

#include "http_client/shown_url.h"

namespace routellm::http_client {
namespace {

constexpr long kMaxRedirects = 5;

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

// What libcurl's callbacks see of one request.
struct Transfer {
  CURL* curl;
  const std::atomic<bool>& cancelled;
  const BodyHandler& on_body;
  std::size_t max_body;
  Response response;
  std::optional<Error> error;  // why the body was refused
};

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

int LastStatus(CURL* curl) {
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  return static_cast<int>(status);
}

void ReadHead(Transfer& transfer) {
  transfer.response.status = LastStatus(transfer.curl);
  constexpr int kLastAnswer = -1;
  curl_header* header = nullptr;
  while ((header = curl_easy_nextheader(transfer.curl, CURLH_HEADER, kLastAnswer, header))) {
    transfer.response.headers.push_back({header->name, header->value});
  }
}

Result<void> Take(Transfer& transfer, std::string_view piece) {
  if (transfer.response.status == 0) ReadHead(transfer);
  if (transfer.on_body) return transfer.on_body(transfer.response, piece);
  std::string& body = transfer.response.body;
  if (piece.size() > transfer.max_body - body.size()) {
    return Fail(ErrorCode::kInvalidData,
                fmt::format("the answer is over {} bytes", transfer.max_body));
  }
  body += piece;
  return {};
}

std::size_t OnBody(char* data, std::size_t, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  auto taken = Take(transfer, {data, size});
  if (taken) return size;
  transfer.error = std::move(taken.error());
  return size == 0 ? 1 : 0;  // any other number than `size` ends the transfer
}

int OnProgress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Transfer*>(user)->cancelled ? 1 : 0;
}

bool IsToken(std::string_view name) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](unsigned char c) {
    return std::isalnum(c) != 0 || kOthers.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

bool IsFieldValue(std::string_view value) {
  return std::none_of(value.begin(), value.end(),
                      [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7F; });
}

Result<List> MakeHeaders(const Request& request) {
  List list;
  const auto append = [&list](const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(list.release());
    list.reset(longer);
  };
  append("Expect:");  // no wait for "100 Continue" before a body
  for (const auto& [name, value] : request.headers) {
    if (!IsToken(name) || !IsFieldValue(value)) {
      return Fail(ErrorCode::kInvalidRequest, "a header of the request is malformed",
                  IsToken(name) ? name : "");
    }
    // "name;" is how libcurl is told of an empty value.
    append(value.empty() ? name + ";" : fmt::format("{}: {}", name, value));
  }
  return list;
}

// libcurl's words about a failure may repeat what a server sent.
std::string Printable(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7F; }, '?');
  return text;
}

Error MakeError(CURL* curl, CURLcode code, const std::string& url, const std::string& words) {
  Error error{ErrorCode::kUpstreamUnavailable, "the server cannot be reached, or broke off",
              fmt::format("{}: {}", ShownUrl(url), Printable(words))};
  switch (code) {
    case CURLE_ABORTED_BY_CALLBACK:
      return {ErrorCode::kCancelled, "interrupted", ShownUrl(url)};
    case CURLE_OPERATION_TIMEDOUT:
      error.code = ErrorCode::kUpstreamTimeout;
      error.public_message = "the server did not answer in time";
      break;
    case CURLE_UNSUPPORTED_PROTOCOL:  // of a redirect, or none: no HTTP/1.0 or newer
      if (LastStatus(curl) == 0) break;
      [[fallthrough]];
    case CURLE_TOO_MANY_REDIRECTS:
      error.code = ErrorCode::kInvalidData;
      error.public_message = "the server redirects to where this program does not follow";
      break;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
      error.code = ErrorCode::kInvalidData;
      error.public_message = "the server's certificate is not accepted";
      break;
    default:
      break;
  }
  return error;
}

void SetSecurity(CURL* curl, bool tls) {
  const char* kBoth = "http,https";
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, kBoth);
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, tls ? "https" : kBoth);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, kMaxRedirects);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
  if (const char* file = std::getenv("SSL_CERT_FILE"); file != nullptr && *file != '\0') {
    curl_easy_setopt(curl, CURLOPT_CAINFO, file);
  }
}

void SetTimeouts(CURL* curl, const Timeouts& timeouts) {
  // To libcurl a connect timeout of 0 is its default of 5 minutes.
  const bool connect = timeouts.connect.count() > 0;
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                   connect ? static_cast<long>(timeouts.connect.count()) : 0x7FFFFFFFL);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(timeouts.total.count()));
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);  // bytes per second
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(timeouts.stall.count()));
}

void SetRequest(CURL* curl, const Request& request, curl_slist* headers) {
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "routellm");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  if (request.method == Method::kPost) {
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
  } else {
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  }
}

void SetCallbacks(CURL* curl, Transfer& transfer, char* words) {
  curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &OnBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &OnProgress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words);
}

CURL* NewHandle() {
  static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);  // once for the process
  CURL* curl = global == CURLE_OK ? curl_easy_init() : nullptr;
  if (curl == nullptr) throw std::bad_alloc();
  return curl;
}

}  // namespace

std::optional<std::string_view> Response::Find(std::string_view name) const {
  for (const Header& header : headers) {
    if (EqualIgnoringCase(header.name, name)) return header.value;
  }
  return std::nullopt;
}

void Client::CloseHandle::operator()(void* curl) const { curl_easy_cleanup(curl); }

Client::Client(const std::atomic<bool>& cancelled) : cancelled_(cancelled), curl_(NewHandle()) {}

Result<Response> Client::Perform(const Request& request, const BodyHandler& on_body) {
  const auto tls = UsesTls(request.url);
  if (!tls) return tl::unexpected(tls.error());
  const auto headers = MakeHeaders(request);
  if (!headers) return tl::unexpected(headers.error());

  CURL* curl = curl_.get();
  curl_easy_reset(curl);  // all options; the connections stay
  Transfer transfer{curl, cancelled_, on_body, request.max_body, {}, {}};
  std::array<char, CURL_ERROR_SIZE> words{};
  SetRequest(curl, request, headers->get());
  SetSecurity(curl, *tls);
  SetTimeouts(curl, request.timeouts);
  SetCallbacks(curl, transfer, words.data());
  const CURLcode code = curl_easy_perform(curl);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, nullptr);  // as `words` ends here

  if (transfer.error) {
    std::string& detail = transfer.error->detail;
    detail = detail.empty() ? ShownUrl(request.url) : ShownUrl(request.url) + ": " + detail;
    return tl::unexpected(std::move(*transfer.error));
  }
  if (code != CURLE_OK) {
    return tl::unexpected(MakeError(curl, code, request.url,
                                    words[0] != '\0' ? words.data() : curl_easy_strerror(code)));
  }
  if (transfer.response.status == 0) ReadHead(transfer);
  return std::move(transfer.response);
}

}  // namespace routellm::http_client
