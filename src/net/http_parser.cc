#include "net/http_parser.h"

#include <algorithm>
#include <limits>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/rfc7230.hpp>

namespace routellm::net {
namespace {

// As many as most messages have; the block stays below the size from which glibc's malloc is slow.
constexpr std::size_t kUsualFields = 24;

// Beast (1.81) asserts that it is not shown less of a last chunk twice.
constexpr std::string_view kShortestChunkedBody = "0\r\n\r\n";

std::string_view ToStd(boost::beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

std::optional<std::size_t> FindHeadEnd(std::string_view input) {
  std::size_t line_end = input.find('\n');
  while (line_end != std::string_view::npos && line_end + 1 < input.size()) {
    if (input[line_end + 1] == '\n') return line_end + 2;
    if (input[line_end + 1] == '\r') {
      if (line_end + 2 >= input.size()) return std::nullopt;
      if (input[line_end + 2] == '\n') return line_end + 3;
    }
    line_end = input.find('\n', line_end + 1);
  }
  return std::nullopt;
}

template <bool kRequest>
HttpParser<kRequest>::HttpParser(std::optional<std::uint64_t> body_limit) {
  fields_.reserve(kUsualFields);
  // The caller bounds the head before it gives it.
  Base::header_limit(std::numeric_limits<std::uint32_t>::max());
  if (body_limit) {
    Base::body_limit(*body_limit);
  } else {
    Base::body_limit(boost::none);
  }
}

template <bool kRequest>
boost::system::error_code HttpParser<kRequest>::ParseHead(std::string_view head) {
  // Folded header lines are obsolete, and parsers disagree on them (RFC 9112, section 5.2).
  if (head.find("\n ") != head.npos || head.find("\n\t") != head.npos)
    return http::error::bad_obs_fold;
  Code error;
  Base::eager(false);
  Base::put(boost::asio::buffer(head.data(), head.size()), error);
  if (!error && !Base::is_header_done()) error = http::error::partial_message;
  if (error == http::error::need_more) error = http::error::partial_message;
  if (!error && kRequest && !chunked() && !Find(http::field::transfer_encoding).empty()) {
    error = http::error::bad_transfer_encoding;
  }
  Base::eager(true);
  return error;
}

template <bool kRequest>
std::size_t HttpParser<kRequest>::ParseBody(std::string_view input,
                                            std::vector<std::string_view>& content,
                                            boost::system::error_code& error) {
  error.clear();
  const bool may_be_part_of_last_chunk =
      input.size() < kShortestChunkedBody.size() && input.starts_with('0');
  if (chunked() && !in_chunks_ && may_be_part_of_last_chunk) return 0;
  content_ = &content;
  std::size_t used = 0;
  while (used < input.size() && !done() && !error) {
    const std::size_t n =
        Base::put(boost::asio::buffer(input.data() + used, input.size() - used), error);
    used += n;
    if (n == 0) break;
  }
  if (error == http::error::need_more) error.clear();
  content_ = nullptr;
  return used;
}

template <bool kRequest>
bool HttpParser<kRequest>::EndOfInput() {
  Code error;
  Base::put_eof(error);
  return !error;
}

template <bool kRequest>
std::optional<std::uint64_t> HttpParser<kRequest>::content_length() const {
  const auto length = Base::content_length();
  if (!length) return std::nullopt;
  return *length;
}

template <bool kRequest>
bool HttpParser<kRequest>::IsHopByHop(std::string_view name) const {
  return std::any_of(fields_.begin(), fields_.end(), [name](const HttpField& field) {
    return field.id == http::field::connection &&
           http::token_list(View(field.value.data(), field.value.size()))
               .exists(View(name.data(), name.size()));
  });
}

template <bool kRequest>
std::string_view HttpParser<kRequest>::Find(http::field id) const {
  for (const HttpField& field : fields_) {
    if (field.id == id) return field.value;
  }
  return {};
}

template <bool kRequest>
void HttpParser<kRequest>::on_request_impl(http::verb method, View, View target, int version,
                                           Code&) {
  method_ = method;
  target_ = ToStd(target);
  version_ = version;
}

template <bool kRequest>
void HttpParser<kRequest>::on_response_impl(int status, View reason, int version, Code&) {
  status_ = static_cast<unsigned>(status);
  reason_ = ToStd(reason);
  version_ = version;
}

template <bool kRequest>
void HttpParser<kRequest>::on_field_impl(http::field id, View name, View value, Code&) {
  // Trailers behind a chunked body come here too; they are dropped.
  if (!Base::is_header_done()) fields_.push_back({id, ToStd(name), ToStd(value)});
}

template <bool kRequest>
void HttpParser<kRequest>::on_header_impl(Code&) {}

template <bool kRequest>
void HttpParser<kRequest>::on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) {}

template <bool kRequest>
std::size_t HttpParser<kRequest>::on_body_impl(View body, Code&) {
  content_->push_back(ToStd(body));
  return body.size();
}

template <bool kRequest>
void HttpParser<kRequest>::on_chunk_header_impl(std::uint64_t, View, Code&) {
  in_chunks_ = true;
}

template <bool kRequest>
std::size_t HttpParser<kRequest>::on_chunk_body_impl(std::uint64_t, View body, Code&) {
  if (!body.empty()) content_->push_back(ToStd(body));
  return body.size();
}

template <bool kRequest>
void HttpParser<kRequest>::on_finish_impl(Code&) {}

template class HttpParser<true>;
template class HttpParser<false>;

}  // namespace routellm::net
