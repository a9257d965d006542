#include "routing/builtin_checkpoint.h"

extern "C" {
extern const std::byte
    routellm_mf_checkpoint_begin[];  // NOLINT(modernize-avoid-c-arrays): assembler labels
extern const std::byte
    routellm_mf_checkpoint_end[];  // NOLINT(modernize-avoid-c-arrays): assembler labels
extern const std::byte
    routellm_score_checkpoint_begin[];  // NOLINT(modernize-avoid-c-arrays): assembler labels
extern const std::byte
    routellm_score_checkpoint_end[];  // NOLINT(modernize-avoid-c-arrays): assembler labels
}

namespace routellm::routing {

std::span<const std::byte> BuiltinMfCheckpoint() {
  return {routellm_mf_checkpoint_begin, routellm_mf_checkpoint_end};
}

std::span<const std::byte> BuiltinScoreCheckpoint() {
  return {routellm_score_checkpoint_begin, routellm_score_checkpoint_end};
}

}  // namespace routellm::routing
