#include "http_client/run_concurrently.h"

#include <gmock/gmock.h>

#include <mutex>
#include <set>

#include "http_client/testing/scripted_server.h"

namespace routellm::http_client {
namespace {

TEST(RunConcurrentlyTest, MakesEachCallOnceOnBoundedConnections) {
  ScriptedServer server([](const auto&, std::size_t) { return Answer("200 OK", ""); });
  const std::atomic<bool> cancelled = false;
  std::mutex mutex;
  std::multiset<std::size_t> done;
  RunConcurrently(100, 4, cancelled, [&](Client& client, std::size_t index) {
    const auto response = client.Perform({.url = server.Url("/")});
    const std::lock_guard lock(mutex);
    if (response) done.insert(index);
  });
  EXPECT_EQ(done.size(), 100U);
  EXPECT_EQ(std::set<std::size_t>(done.begin(), done.end()).size(), 100U);
  EXPECT_LE(server.connections(), 4U);
}

TEST(RunConcurrentlyTest, StartsNothingOnceItIsCancelled) {
  std::atomic<bool> cancelled = false;
  std::atomic<int> calls = 0;
  const auto work = [&](Client&, std::size_t) {
    ++calls;
    cancelled = true;
  };
  RunConcurrently(100, 1, cancelled, work);
  EXPECT_EQ(calls, 1);
  RunConcurrently(0, 4, cancelled, work);
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace routellm::http_client
