#include "http_client/shown_url.h"

#include <curl/curl.h>

#include <initializer_list>
#include <memory>

namespace routellm::http_client {
namespace {

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, FreeUrl>;

Url Parse(const std::string& text) {
  Url url(curl_url());
  if (text.find('\0') != std::string::npos ||
      curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
    url.reset();
  }
  return url;
}

std::string Part(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return "";
  const std::unique_ptr<char, void (*)(void*)> owner(text, &curl_free);
  return text;
}

}  // namespace

Result<bool> UsesTls(const std::string& url) {
  const Url parsed = Parse(url);
  const std::string scheme = parsed ? Part(parsed.get(), CURLUPART_SCHEME) : "";
  if (scheme == "https") return true;
  if (scheme == "http") return false;
  return Fail(ErrorCode::kInvalidRequest, "a URL must be http:// or https://", ShownUrl(url));
}

std::string ShownUrl(const std::string& url) {
  const Url parsed = Parse(url);
  if (!parsed) return "(malformed URL)";
  for (const CURLUPart secret : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS,
                                 CURLUPART_QUERY, CURLUPART_FRAGMENT}) {
    curl_url_set(parsed.get(), secret, nullptr, 0);
  }
  return Part(parsed.get(), CURLUPART_URL);
}

}  // namespace routellm::http_client
