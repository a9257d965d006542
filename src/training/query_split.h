// Which queries are trained on.
#pragma once

#include <cstdint>

#include "data/dataset.h"
#include "training/random.h"

namespace routellm::training {

enum class Part : std::uint8_t { kTraining, kValidation, kHeldOut };

struct QuerySplit {
  double validation = 0.1;  // shares of the groups, each in [0, 1)
  double held_out = 0.1;
  std::uint64_t seed = 1;

  // The same for all queries of a group; depends on the group's number and the seed alone.
  [[nodiscard]] Part PartOf(const data::DataQuery& query) const {
    Random random({seed, query.group});
    const double at = double{random.Uniform()};
    if (at < held_out) return Part::kHeldOut;
    return at < held_out + validation ? Part::kValidation : Part::kTraining;
  }
};

}  // namespace routellm::training
