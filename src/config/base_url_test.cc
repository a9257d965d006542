#include "config/base_url.h"

#include <gtest/gtest.h>

namespace routellm::config {
namespace {

struct Case {
  const char* text;
  bool tls;
  const char* host;
  const char* port;
  const char* path;
};

TEST(BaseUrlTest, ReadsHostPortAndPath) {
  for (const Case& expected : {
           Case{"https://api.openai.com/v1", true, "api.openai.com", "443", "/v1"},
           Case{"http://10.0.0.5:11434/v1/", false, "10.0.0.5", "11434", "/v1"},
           Case{"HTTPS://LLM.Internal", true, "llm.internal", "443", ""},
           Case{"http://[::1]:8000/v1", false, "::1", "8000", "/v1"},
           Case{"http://[2001:DB8::1]", false, "2001:db8::1", "80", ""},
           Case{"http://localhost:00080//", false, "localhost", "80", ""},
           Case{"http://my_service.default.svc.cluster.local/a/b", false,
                "my_service.default.svc.cluster.local", "80", "/a/b"},
       }) {
    const auto url = ParseBaseUrl(expected.text);
    ASSERT_TRUE(url) << expected.text << ": " << url.error().public_message;
    EXPECT_EQ(url->tls, expected.tls) << expected.text;
    EXPECT_EQ(url->host, expected.host);
    EXPECT_EQ(url->port, expected.port);
    EXPECT_EQ(url->path, expected.path);
  }
}

TEST(BaseUrlTest, RefusesWhatCannotBeAnAddress) {
  for (const char* text : {"",
                           "api.openai.com",
                           "ftp://host/v1",
                           "http:/host",
                           "://host",
                           "http://",
                           "http:///v1",
                           "http://:80",
                           "http://host:0",
                           "http://host:65536",
                           "http://host:",
                           "http://host:80x",
                           "http://host:-1",
                           "http://[::1",
                           "http://[::1]8000",
                           "http://[::1]:",
                           "http://[host]",
                           "http://[1.2.3.4]",
                           "http://999.1.1.1",
                           "http://1.2.3",
                           "http://ho$t",
                           "http://a..b",
                           "http://.a",
                           "http://h\xc3\xb6st",
                           "http://::1:80"}) {
    EXPECT_FALSE(ParseBaseUrl(text)) << text;
  }
}

TEST(BaseUrlTest, RefusesWhatCouldForgeARequest) {
  for (const char* text : {"http://host/v1\r\nx-evil: 1", "http://host/v1\n", "http://ho st/v1",
                           "http://host/v 1", "http://host/\x01", "http://host/v1\x7f",
                           "http://host\t/v1", "http://host/v1?key=1", "http://host/v1#part"}) {
    EXPECT_FALSE(ParseBaseUrl(text)) << text;
  }
}

TEST(BaseUrlTest, RefusesAPasswordWithoutRepeatingIt) {
  const auto url = ParseBaseUrl("https://user:hunter2@host/v1");
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().ToString().find("hunter2"), std::string::npos);
  EXPECT_NE(url.error().ToString().find("password"), std::string::npos);
}

TEST(BaseUrlTest, ExplainsAFullEndpoint) {
  const auto url = ParseBaseUrl("https://host/v1/chat/completions/");
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().public_message, "give it without /chat/completions");
}

TEST(FormatOriginTest, LeavesOutTheUsualPortAndBracketsIpv6) {
  EXPECT_EQ(FormatOrigin(true, "host", "443"), "https://host");
  EXPECT_EQ(FormatOrigin(false, "host", "443"), "http://host:443");
  EXPECT_EQ(FormatOrigin(false, "::1", "80"), "http://[::1]");
}

}  // namespace
}  // namespace routellm::config
