#include "http_client/client.h"

#include <gmock/gmock.h>

#include <thread>

#include "http_client/shown_url.h"
#include "http_client/testing/scripted_server.h"

namespace routellm::http_client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ClientTest : public ::testing::Test {
 protected:
  Result<Response> Get(const std::string& url) { return client_.Perform({.url = url}); }

  ErrorCode CodeOf(const Request& request) {
    const auto response = client_.Perform(request);
    if (response) ADD_FAILURE() << "status " << response->status;
    return response ? ErrorCode::kInternal : response.error().code;
  }

  std::atomic<bool> cancelled_ = false;
  Client client_{cancelled_};
};

TEST_F(ClientTest, GivesStatusHeadersAndBodyOfAnyAnswer) {
  ScriptedServer server([](const auto&, std::size_t) {
    return Answer("404 Not Found", "no such thing", "X-One: 1\r\nx-one: 2\r\n");
  });
  const auto response = Get(server.Url("/a?b=c"));
  ASSERT_TRUE(response) << response.error().ToString();
  EXPECT_EQ(response->status, 404);
  EXPECT_EQ(response->body, "no such thing");
  EXPECT_EQ(response->Find("x-ONE"), "1");
  EXPECT_EQ(response->Find("x-two"), std::nullopt);
  EXPECT_THAT(server.requests().front().head, HasSubstr("GET /a?b=c HTTP/1.1\r\n"));
}

TEST_F(ClientTest, PostsOnAConnectionThatItKeeps) {
  ScriptedServer server([](const auto&, std::size_t) { return Answer("200 OK", "{}"); });
  const std::string body("with\0zero", 9);
  for (int i = 0; i < 3; ++i) {
    const auto response = client_.Perform({.method = Method::kPost,
                                           .url = server.Url("/v1"),
                                           .headers = {{"content-type", "application/json"}},
                                           .body = body});
    ASSERT_TRUE(response) << response.error().ToString();
    EXPECT_EQ(response->status, 200);
  }
  EXPECT_EQ(server.connections(), 1U);
  const auto requests = server.requests();
  EXPECT_EQ(requests.back().body, body);
  EXPECT_TRUE(requests.back().Has("\r\ncontent-type: application/json"));
  EXPECT_FALSE(requests.back().Has("Expect"));
}

TEST_F(ClientTest, AGetAfterAPostHasNoBody) {
  ScriptedServer server([](const auto&, std::size_t) { return Answer("200 OK", ""); });
  EXPECT_TRUE(client_.Perform({.method = Method::kPost, .url = server.Url("/"), .body = "text"}));
  EXPECT_TRUE(Get(server.Url("/")));
  EXPECT_THAT(server.requests().back().head, HasSubstr("GET /"));
  EXPECT_EQ(server.requests().back().body, "");
}

TEST_F(ClientTest, HandsTheBodyToAHandlerThatMayRefuseIt) {
  ScriptedServer server([](const auto&, std::size_t) { return Answer("201 Created", "body"); });
  std::string taken;
  int status = 0;
  const auto response = client_.Perform(
      {.url = server.Url("/")}, [&](const Response& head, std::string_view piece) -> Result<void> {
        status = head.status;
        taken += piece;
        return {};
      });
  ASSERT_TRUE(response) << response.error().ToString();
  EXPECT_EQ(taken, "body");
  EXPECT_EQ(status, 201);
  EXPECT_EQ(response->body, "");

  const auto refused = client_.Perform({.url = server.Url("/")},
                                       [](const Response&, std::string_view) -> Result<void> {
                                         return Fail(ErrorCode::kIo, "full");
                                       });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kIo);
  EXPECT_EQ(refused.error().ToString(), "full: " + server.Url("/"));
}

TEST_F(ClientTest, BoundsTheBody) {
  ScriptedServer server([](const auto&, std::size_t) { return Answer("200 OK", "12345"); });
  EXPECT_TRUE(client_.Perform({.url = server.Url("/"), .max_body = 5}));
  EXPECT_EQ(CodeOf({.url = server.Url("/"), .max_body = 4}), ErrorCode::kInvalidData);
}

TEST_F(ClientTest, TellsFailuresApart) {
  ScriptedServer cut([](const auto&, std::size_t) {
    return Reply{"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort", Then::kClose};
  });
  EXPECT_EQ(CodeOf({.url = cut.Url("/")}), ErrorCode::kUpstreamUnavailable);

  ScriptedServer foreign([](const auto&, std::size_t) {
    return Reply{"SSH-2.0-OpenSSH_9.2\r\n", Then::kClose};
  });
  EXPECT_EQ(CodeOf({.url = foreign.Url("/")}), ErrorCode::kUpstreamUnavailable);

  std::string url;
  {
    ScriptedServer gone([](const auto&, std::size_t) { return Reply{}; });
    url = gone.Url("/");
  }
  EXPECT_EQ(CodeOf({.url = url}), ErrorCode::kUpstreamUnavailable);

  ScriptedServer stalled([](const auto&, std::size_t) {
    return Reply{"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort", Then::kStall};
  });
  EXPECT_EQ(CodeOf({.url = stalled.Url("/"), .timeouts = {.stall = std::chrono::seconds(1)}}),
            ErrorCode::kUpstreamTimeout);
  EXPECT_EQ(CodeOf({.url = stalled.Url("/"), .timeouts = {.total = std::chrono::milliseconds(50)}}),
            ErrorCode::kUpstreamTimeout);
}

TEST_F(ClientTest, IsCancelledByTheFlag) {
  ScriptedServer server([this](const auto&, std::size_t) {
    cancelled_ = true;
    return Reply{"", Then::kStall};
  });
  EXPECT_EQ(CodeOf({.url = server.Url("/")}), ErrorCode::kCancelled);
}

TEST_F(ClientTest, FollowsRedirectsOfAGetWithinBounds) {
  ScriptedServer server([](const ReceivedRequest& request, std::size_t) {
    if (request.Has("GET /loop")) return Answer("302 Found", "", "location: /loop\r\n");
    if (request.Has("GET /old")) return Answer("301 Moved", "moved", "location: /new\r\n");
    if (request.Has("GET /file")) return Answer("302 Found", "", "location: file:///etc/hosts\r\n");
    if (request.Has("GET /ftp")) return Answer("302 Found", "", "location: ftp://127.0.0.1/\r\n");
    if (request.Has("POST /old")) return Answer("307 Moved", "", "location: /new\r\n");
    return Answer("200 OK", "here");
  });
  const auto moved = Get(server.Url("/old"));
  ASSERT_TRUE(moved) << moved.error().ToString();
  EXPECT_EQ(moved->status, 200);
  EXPECT_EQ(moved->body, "here");
  EXPECT_EQ(moved->Find("location"), std::nullopt);
  for (const char* path : {"/loop", "/file", "/ftp"}) {
    EXPECT_EQ(CodeOf({.url = server.Url(path)}), ErrorCode::kInvalidData) << path;
  }
  const auto posted = client_.Perform({.method = Method::kPost, .url = server.Url("/old")});
  ASSERT_TRUE(posted) << posted.error().ToString();
  EXPECT_EQ(posted->status, 307);
}

TEST_F(ClientTest, AKeyDoesNotFollowARedirectToAnotherServer) {
  ScriptedServer other([](const auto&, std::size_t) { return Answer("200 OK", ""); });
  ScriptedServer server([&](const auto&, std::size_t) {
    return Answer("302 Found", "", "location: " + other.Url("/") + "\r\n");
  });
  EXPECT_TRUE(
      client_.Perform({.url = server.Url("/"), .headers = {{"authorization", "Bearer secret"}}}));
  EXPECT_TRUE(server.requests().at(0).Has("authorization: Bearer secret"));
  EXPECT_FALSE(other.requests().at(0).Has("secret"));
}

TEST_F(ClientTest, RefusesMalformedRequestsBeforeItConnects) {
  ScriptedServer server([](const auto&, std::size_t) { return Answer("200 OK", ""); });
  const std::string url = server.Url("/");
  for (const Header& header : std::vector<Header>{{"a", "b\r\nx: y"},
                                                  {"a\r\nb", "c"},
                                                  {"a: b", "c"},
                                                  {"", "c"},
                                                  {"a", std::string("b\0c", 3)}}) {
    EXPECT_EQ(CodeOf({.url = url, .headers = {header}}), ErrorCode::kInvalidRequest);
  }
  for (const std::string& bad :
       {std::string("file:///etc/hosts"), std::string("ftp://h/"), std::string("http://"),
        std::string(""), std::string("http://h:99999/"), url + "\r\nx", url + '\0'}) {
    EXPECT_EQ(CodeOf({.url = bad}), ErrorCode::kInvalidRequest) << bad;
  }
  EXPECT_EQ(server.connections(), 0U);
  EXPECT_TRUE(client_.Perform({.url = url, .headers = {{"x-empty", ""}}}));
  EXPECT_TRUE(server.requests().at(0).Has("\r\nx-empty:"));
}

TEST_F(ClientTest, ShowsNoSecretsInErrors) {
  ScriptedServer server([](const auto&, std::size_t) { return Reply{"", Then::kClose}; });
  std::string url = server.Url("/path?key=secret#secret");
  url.insert(7, "secret:secret@");
  const auto response = client_.Perform({.url = url, .headers = {{"authorization", "secret"}}});
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().ToString(), HasSubstr("/path"));
  EXPECT_THAT(response.error().ToString(), Not(HasSubstr("secret")));
  EXPECT_EQ(ShownUrl("http://u:p@h:80x/?q"), "(malformed URL)");
}

}  // namespace
}  // namespace routellm::http_client
