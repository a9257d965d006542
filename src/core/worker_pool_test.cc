#include "core/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>

namespace routellm {
namespace {

TEST(WorkerPoolTest, RunsAllJobs) {
  std::atomic<int> sum = 0;
  std::promise<void> all;
  WorkerPool pool(3);
  for (int i = 1; i <= 1000; ++i) {
    pool.Submit([&] {
      if (++sum == 1000) all.set_value();
    });
  }
  all.get_future().wait();
  EXPECT_EQ(sum, 1000);
}

TEST(WorkerPoolTest, ItsEndWaitsForWhatRunsAndDropsTheRest) {
  const auto queued = std::make_shared<int>();
  std::promise<void> begun;
  std::atomic<bool> finished = false;
  std::atomic<bool> ending = false;
  auto pool = std::make_unique<WorkerPool>(1);
  pool->Submit([&] {
    begun.set_value();
    while (!ending) std::this_thread::yield();
    finished = true;
  });
  begun.get_future().wait();
  pool->Submit([queued] {});
  ending = true;
  pool.reset();
  EXPECT_TRUE(finished);
  EXPECT_EQ(queued.use_count(), 1) << "whether it ran or not, nothing of it is left";
}

}  // namespace
}  // namespace routellm
