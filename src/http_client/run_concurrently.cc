#include "http_client/run_concurrently.h"

#include <algorithm>
#include <thread>
#include <vector>

namespace routellm::http_client {

void RunConcurrently(std::size_t count, std::size_t concurrency, const std::atomic<bool>& cancelled,
                     const std::function<void(Client& client, std::size_t index)>& work) {
  std::atomic<std::size_t> next = 0;
  const auto run = [&] {
    Client client(cancelled);
    while (!cancelled) {
      const std::size_t index = next++;
      if (index >= count) return;
      work(client, index);
    }
  };
  std::vector<std::jthread> threads(std::min(std::max<std::size_t>(concurrency, 1), count));
  for (std::jthread& thread : threads) thread = std::jthread(run);
}

}  // namespace routellm::http_client
