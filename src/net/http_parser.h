// HTTP/1.1 messages as views of the input: Beast's strict parser without its containers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <boost/beast/http/basic_parser.hpp>

namespace routellm::net {

namespace http = boost::beast::http;

struct HttpField {
  http::field id;  // `unknown` for names that Beast does not list
  std::string_view name;
  std::string_view value;
};

// The position after the blank line that ends the first message head in `input`, or nothing if it
// has not come yet. A head with bare line feeds ends too, so that the parser can refuse it at once.
[[nodiscard]] std::optional<std::size_t> FindHeadEnd(std::string_view input);

// Parses one message: its head in one piece, then its body in pieces of any size. All views point
// into what was given to `ParseHead` or `ParseBody`. Not thread-safe.
template <bool kRequest>
class HttpParser : private http::basic_parser<kRequest> {
  using Base = http::basic_parser<kRequest>;

 public:
  // Bodies over `body_limit` bytes are refused; none: no limit.
  explicit HttpParser(std::optional<std::uint64_t> body_limit = std::nullopt);

  // `head` ends where FindHeadEnd says. Beast's http::error in case of failure; a request that
  // states its length in two ways, or in a coding other than `chunked`, fails.
  [[nodiscard]] boost::system::error_code ParseHead(std::string_view head);

  // Takes more of the body and appends views of its content, without chunk framing, to `content`.
  // Returns the number of bytes that belong to this message: fewer than given only where the next
  // message begins.
  std::size_t ParseBody(std::string_view input, std::vector<std::string_view>& content,
                        boost::system::error_code& error);

  // Tells that the input has ended; true if that completes the message (a response without a stated
  // length).
  [[nodiscard]] bool EndOfInput();

  [[nodiscard]] bool done() const { return Base::is_done(); }
  [[nodiscard]] bool keep_alive() const { return Base::keep_alive(); }
  [[nodiscard]] bool chunked() const { return Base::chunked(); }
  [[nodiscard]] bool until_end_of_input() const { return Base::need_eof(); }
  [[nodiscard]] std::optional<std::uint64_t> content_length() const;

  [[nodiscard]] int version() const { return version_; }  // 10 or 11
  [[nodiscard]] http::verb method() const { return method_; }
  [[nodiscard]] std::string_view target() const { return target_; }
  [[nodiscard]] unsigned status() const { return status_; }
  [[nodiscard]] std::string_view reason() const { return reason_; }
  [[nodiscard]] const std::vector<HttpField>& fields() const { return fields_; }
  // The first field of that name, or an empty view.
  [[nodiscard]] std::string_view Find(http::field id) const;
  // True if a `connection` field lists the field `name`: it concerns this connection alone.
  [[nodiscard]] bool IsHopByHop(std::string_view name) const;

 private:
  using View = boost::beast::string_view;
  using Code = boost::system::error_code;

  void on_request_impl(http::verb method, View name, View target, int version,
                       Code& error) override;
  void on_response_impl(int status, View reason, int version, Code& error) override;
  void on_field_impl(http::field id, View name, View value, Code& error) override;
  void on_header_impl(Code& error) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, Code& error) override;
  std::size_t on_body_impl(View body, Code& error) override;
  void on_chunk_header_impl(std::uint64_t size, View extensions, Code& error) override;
  std::size_t on_chunk_body_impl(std::uint64_t remaining, View body, Code& error) override;
  void on_finish_impl(Code& error) override;

  http::verb method_ = http::verb::unknown;
  std::string_view target_;
  unsigned status_ = 0;
  std::string_view reason_;
  int version_ = 11;
  std::vector<HttpField> fields_;
  std::vector<std::string_view>* content_ = nullptr;
  bool in_chunks_ = false;  // a chunk has begun
};

extern template class HttpParser<true>;
extern template class HttpParser<false>;
using RequestParser = HttpParser<true>;
using ResponseParser = HttpParser<false>;

}  // namespace routellm::net
