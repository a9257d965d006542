#include "openai/error_body.h"

#include "openai/json_text.h"

namespace routellm::openai {
namespace {

// The field `code`: a word that programs test, or empty for null.
std::string_view ToOpenAiCode(ErrorCode code) {
  switch (code) {
    case ErrorCode::kModelNotFound:
      return "model_not_found";
    case ErrorCode::kNotFound:
      return "not_found";
    case ErrorCode::kMethodNotAllowed:
      return "method_not_allowed";
    case ErrorCode::kRequestTimeout:
      return "request_timeout";
    case ErrorCode::kPayloadTooLarge:
      return "request_too_large";
    case ErrorCode::kHeadersTooLarge:
      return "headers_too_large";
    case ErrorCode::kUpstreamUnavailable:
      return "upstream_unavailable";
    case ErrorCode::kUpstreamTimeout:
      return "upstream_timeout";
    case ErrorCode::kOverloaded:
      return "overloaded";
    case ErrorCode::kInvalidRequest:
    case ErrorCode::kInvalidData:
    case ErrorCode::kIo:
    case ErrorCode::kCancelled:
    case ErrorCode::kInternal:
      return "";
  }
  return "";
}

}  // namespace

unsigned ToHttpStatus(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidRequest:
      return 400;
    case ErrorCode::kNotFound:
    case ErrorCode::kModelNotFound:
      return 404;
    case ErrorCode::kMethodNotAllowed:
      return 405;
    case ErrorCode::kRequestTimeout:
      return 408;
    case ErrorCode::kPayloadTooLarge:
      return 413;
    case ErrorCode::kHeadersTooLarge:
      return 431;
    case ErrorCode::kUpstreamUnavailable:
      return 502;
    case ErrorCode::kOverloaded:
      return 503;
    case ErrorCode::kUpstreamTimeout:
      return 504;
    case ErrorCode::kInvalidData:
    case ErrorCode::kIo:
    case ErrorCode::kCancelled:
    case ErrorCode::kInternal:
      return 500;
  }
  return 500;
}

std::string_view ToOpenAiType(ErrorCode code) {
  return ToHttpStatus(code) < 500 ? "invalid_request_error" : "server_error";
}

std::string ErrorBody(const Error& error) {
  const std::string_view code = ToOpenAiCode(error.code);
  std::string body =
      R"({"error":{"message":)" + ToJsonString(error.public_message) + R"(,"type":")";
  body += ToOpenAiType(error.code);
  body += R"(","param":null,"code":)";
  body += code.empty() ? "null" : ToJsonString(code);
  body += "}}";
  return body;
}

}  // namespace routellm::openai
