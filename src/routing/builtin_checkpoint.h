// The checkpoint that is compiled into the program: models/mf.safetensors.
#pragma once

#include <cstddef>
#include <span>

namespace routellm::routing {

// The file's bytes; they live as long as the program.
[[nodiscard]] std::span<const std::byte> BuiltinMfCheckpoint();

}  // namespace routellm::routing
