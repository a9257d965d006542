#include "gateway/client.h"

#include <gtest/gtest.h>

#include <string>

namespace routellm::gateway {
namespace {

std::string Begin(bool is_http10, bool keep_alive) {
  ClientRequest request;
  request.id = "abc";
  request.is_http10 = is_http10;
  request.keep_alive = keep_alive;
  std::string head;
  BeginResponse(request, 200, "OK", head);
  return head;
}

TEST(BeginResponseTest, SaysConnectionWhereTheVersionImpliesTheOther) {
  const std::string begin = "HTTP/1.1 200 OK\r\nx-routellm-request-id: abc\r\n";
  EXPECT_EQ(Begin(false, true), begin);
  EXPECT_EQ(Begin(false, false), begin + "connection: close\r\n");
  EXPECT_EQ(Begin(true, true), begin + "connection: keep-alive\r\n");
  EXPECT_EQ(Begin(true, false), begin + "connection: close\r\n");
}

TEST(BeginResponseTest, AppendsToTheHead) {
  std::string head = "x";
  BeginResponse({}, 404, "Not Found", head);
  EXPECT_EQ(head, "xHTTP/1.1 404 Not Found\r\nx-routellm-request-id: \r\n");
}

TEST(ShortenTest, CutsBetweenCharacters) {
  EXPECT_EQ(Shorten(std::string(100, 'a')), std::string(100, 'a'));
  EXPECT_EQ(Shorten(std::string(101, 'a')), std::string(100, 'a') + "...");
  EXPECT_EQ(Shorten(std::string(99, 'a') + "é"), std::string(99, 'a') + "...");
}

TEST(ReasonPhraseTest, KnowsTheStatusesOfTheGateway) {
  EXPECT_EQ(ReasonPhrase(200), "OK");
  EXPECT_EQ(ReasonPhrase(404), "Not Found");
  EXPECT_EQ(ReasonPhrase(431), "Request Header Fields Too Large");
  EXPECT_EQ(ReasonPhrase(504), "Gateway Timeout");
}

}  // namespace
}  // namespace routellm::gateway
