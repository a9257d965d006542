// One battle as a file states it, whichever of the accepted forms the file has.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "core/error.h"

namespace routellm::data {

// See docs/formats/battles.md.
struct BattleRecord {
  std::string id;      // empty: the prompt stands in the record
  std::string prompt;  // empty: the prompt is that of the query `id`
  std::string model_a;
  std::string model_b;
  float a_wins = 0.5F;
  float weight = 1.0F;
  std::string sampled_for;
  std::function<Error(std::string_view field, std::string_view problem)> error_at;
};

// Who looks at the models and the winner alone need not have queries: with kIgnored, `id` and
// `prompt` are not read and may be missing.
enum class BattleQuery { kRequired, kIgnored };

// Calls `visit` for each battle of a CSV or (by name) JSON Lines file until it returns an error,
// which is passed on. Errors: kIo; kInvalidData for a missing or unusable field.
[[nodiscard]] Result<void> ForEachBattle(
    const std::filesystem::path& file,
    const std::function<Result<void>(const BattleRecord&)>& visit,
    BattleQuery query = BattleQuery::kRequired);

}  // namespace routellm::data
