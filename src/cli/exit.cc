#include <fmt/core.h>

#include <cstdio>

#include "cli/commands.h"

namespace routellm::cli {

void Exit(const Error& error) {
  fmt::print(stderr, "routellm: {}\n", error.ToString());
  const bool usage = error.code == ErrorCode::kInvalidRequest ||
                     error.code == ErrorCode::kModelNotFound ||
                     error.code == ErrorCode::kInvalidData;
  throw CLI::RuntimeError(usage ? kExitUsage : kExitFailure);
}

}  // namespace routellm::cli
