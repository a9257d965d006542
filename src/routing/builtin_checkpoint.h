// The checkpoints that are compiled into the program: models/mf.safetensors and
// models/score.safetensors.
#pragma once

#include <cstddef>
#include <span>

namespace routellm::routing {

// The files' bytes; they live as long as the program.
[[nodiscard]] std::span<const std::byte> BuiltinMfCheckpoint();
[[nodiscard]] std::span<const std::byte> BuiltinScoreCheckpoint();

}  // namespace routellm::routing
