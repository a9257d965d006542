#include "mock/http_reader.h"

#include <gtest/gtest.h>

namespace routellm::mock {
namespace {

TEST(HttpReaderTest, WaitsForTheWholeRequest) {
  const std::string request = "POST /x HTTP/1.1\r\nContent-Length: 4\r\nhost: a\r\n\r\nbody";
  for (std::size_t bytes = 0; bytes < request.size(); ++bytes) {
    const auto state = ReadRequest(std::string_view(request).substr(0, bytes));
    ASSERT_TRUE(state) << bytes;
    EXPECT_FALSE(state->request) << bytes;
  }
  const std::string pipelined = request + "GET / HTTP/1.1\r\n\r\n";
  const auto state = ReadRequest(pipelined);
  ASSERT_TRUE(state && state->request);
  EXPECT_EQ(state->request->raw, request);
  EXPECT_EQ(state->request->method, "POST");
  EXPECT_EQ(state->request->target, "/x");
  EXPECT_EQ(state->request->body, "body");
  EXPECT_TRUE(state->request->keep_alive);
}

TEST(HttpReaderTest, DecodesChunkedBodies) {
  const auto state = ReadRequest(
      "POST / HTTP/1.1\r\ntransfer-encoding: "
      "chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n");
  ASSERT_TRUE(state && state->request);
  EXPECT_EQ(state->request->body, "abc0123456789");
}

TEST(HttpReaderTest, KeepsAliveAsTheVersionSays) {
  EXPECT_FALSE(ReadRequest("GET / HTTP/1.0\r\n\r\n")->request->keep_alive);
  EXPECT_TRUE(ReadRequest("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")->request->keep_alive);
  EXPECT_FALSE(ReadRequest("GET / HTTP/1.1\r\nConnection: close\r\n\r\n")->request->keep_alive);
}

TEST(HttpReaderTest, SaysWhenTheClientWaitsForContinue) {
  const auto state =
      ReadRequest("POST / HTTP/1.1\r\nExpect: 100-continue\r\ncontent-length: 1\r\n\r\n");
  ASSERT_TRUE(state);
  EXPECT_TRUE(state->wants_continue);
}

TEST(HttpReaderTest, RefusesWhatIsNoRequest) {
  for (const char* bytes : {"hello\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
                            "POST / HTTP/1.1\r\ncontent-length: x\r\n\r\n",
                            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"}) {
    EXPECT_FALSE(ReadRequest(bytes)) << bytes;
  }
}

}  // namespace
}  // namespace routellm::mock
