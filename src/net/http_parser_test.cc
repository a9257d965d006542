#include "net/http_parser.h"

#include <gtest/gtest.h>

#include <string>

#include <boost/beast/http/error.hpp>

namespace routellm::net {
namespace {

constexpr std::string_view kChunkedResponse =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n\r\n"
    "5\r\nhello\r\n1;ext=1\r\n,\r\n6\r\n world\r\n0\r\nTrailer: x\r\n\r\n";

TEST(FindHeadEndTest, FindsTheBlankLine) {
  EXPECT_EQ(FindHeadEnd("GET / HTTP/1.1\r\nA: b\r\n\r\nbody"), 24U);
  EXPECT_EQ(FindHeadEnd("GET / HTTP/1.1\n\nbody"), 16U);
  EXPECT_EQ(FindHeadEnd("GET / HTTP/1.1\r\nA: b\r\n\r"), std::nullopt);
  EXPECT_EQ(FindHeadEnd(""), std::nullopt);
}

TEST(HttpParserTest, ReadsAChunkedBodyWhereverItIsSplit) {
  const std::size_t head = *FindHeadEnd(kChunkedResponse);
  const std::string_view body = kChunkedResponse.substr(head);
  for (std::size_t split = 0; split <= body.size(); ++split) {
    ResponseParser parser;
    ASSERT_FALSE(parser.ParseHead(kChunkedResponse.substr(0, head)));
    EXPECT_EQ(parser.status(), 200U);
    std::string content;
    // What the parser leaves is given again with what follows, as a stream does.
    std::string pending;
    for (const std::string_view part : {body.substr(0, split), body.substr(split)}) {
      pending += part;
      std::vector<std::string_view> views;
      boost::system::error_code error;
      const std::size_t used = parser.ParseBody(pending, views, error);
      ASSERT_FALSE(error) << error.message() << " at " << split;
      for (const std::string_view view : views) content += view;
      pending.erase(0, used);
    }
    EXPECT_EQ(content, "hello, world") << split;
    EXPECT_TRUE(parser.done()) << split;
    EXPECT_EQ(parser.fields().size(), 2U) << "trailers are dropped";
  }
}

TEST(HttpParserTest, ReadsAnEmptyChunkedBodyByteByByte) {
  ResponseParser parser;
  ASSERT_FALSE(parser.ParseHead("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
  const std::string_view body = "0\r\n\r\n";
  std::vector<std::string_view> views;
  boost::system::error_code error;
  for (std::size_t n = 1; n < body.size(); ++n) {
    EXPECT_EQ(parser.ParseBody(body.substr(0, n), views, error), 0U);
    EXPECT_FALSE(error);
    EXPECT_FALSE(parser.done());
  }
  EXPECT_EQ(parser.ParseBody(body, views, error), body.size());
  EXPECT_TRUE(parser.done());
}

TEST(HttpParserTest, RefusesABadChunkSizeAtTheEndOfItsLine) {
  RequestParser parser;
  ASSERT_FALSE(parser.ParseHead("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"));
  std::vector<std::string_view> views;
  boost::system::error_code error;
  parser.ParseBody("zz\r\n", views, error);
  EXPECT_EQ(error, http::error::bad_chunk);
}

TEST(HttpParserTest, RefusesAmbiguousRequestFraming) {
  for (const std::string_view head :
       {"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1x\r\n\r\n", "POST /\r\n\r\n",
        "POST / HTTP/1.1\nA: b\n\n", "POST / HTTP/1.1\r\nA : b\r\n\r\n",
        "POST / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", "POST / HTTP/2.0\r\n\r\n"}) {
    RequestParser parser;
    EXPECT_TRUE(parser.ParseHead(head)) << head;
  }
}

TEST(HttpParserTest, LimitsTheBody) {
  RequestParser parser(10);
  EXPECT_EQ(parser.ParseHead("POST / HTTP/1.1\r\nContent-Length: 11\r\n\r\n"),
            http::error::body_limit);
}

TEST(HttpParserTest, LeavesTheNextMessage) {
  RequestParser parser;
  ASSERT_FALSE(parser.ParseHead("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n"));
  std::vector<std::string_view> views;
  boost::system::error_code error;
  EXPECT_EQ(parser.ParseBody("abcGET / HTTP/1.1\r\n", views, error), 3U);
  EXPECT_TRUE(parser.done());
}

TEST(HttpParserTest, AResponseWithoutLengthEndsWithTheInput) {
  ResponseParser parser;
  ASSERT_FALSE(parser.ParseHead("HTTP/1.1 200 OK\r\n\r\n"));
  EXPECT_TRUE(parser.until_end_of_input());
  std::vector<std::string_view> views;
  boost::system::error_code error;
  EXPECT_EQ(parser.ParseBody("abc", views, error), 3U);
  EXPECT_FALSE(parser.done());
  EXPECT_TRUE(parser.EndOfInput());
}

TEST(HttpParserTest, ATruncatedResponseIsNotComplete) {
  ResponseParser parser;
  ASSERT_FALSE(parser.ParseHead("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"));
  std::vector<std::string_view> views;
  boost::system::error_code error;
  parser.ParseBody("abc", views, error);
  EXPECT_FALSE(parser.EndOfInput());
}

}  // namespace
}  // namespace routellm::net
