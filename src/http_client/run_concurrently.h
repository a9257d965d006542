// Many requests at once.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>

#include "http_client/client.h"

namespace routellm::http_client {

// Calls `work` once for each index in [0, count), in rising order of their starts, on up to
// `concurrency` threads (at least 1), each with a client of its own that keeps its connections.
// Once `cancelled` is set no further call starts. Returns when all calls have. `work` is called
// from several threads at once and does not throw.
void RunConcurrently(std::size_t count, std::size_t concurrency, const std::atomic<bool>& cancelled,
                     const std::function<void(Client& client, std::size_t index)>& work);

}  // namespace routellm::http_client
