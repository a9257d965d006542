// A pair of models and its calibration table in a safetensors file's metadata.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/error.h"

namespace routellm::data {
class Safetensors;
}

namespace routellm::routing {

struct PairMetadata {
  std::string strong_model;  // both empty: none
  std::string weak_model;
  // RouterInfo::win_rate_quantiles of that pair; may be empty.
  std::vector<double> win_rate_quantiles;
};

// The entries `pair` ({"strong": NAME, "weak": NAME}) and `win_rate_percentiles` (two or more
// ascending numbers in [0, 1]), each of which may be missing. Error kInvalidData, naming the file,
// for another form.
[[nodiscard]] Result<PairMetadata> ReadPairMetadata(const data::Safetensors& file);

// Adds those entries that there are.
void AddPairMetadata(const PairMetadata& pair,
                     std::map<std::string, std::string, std::less<>>& metadata);

}  // namespace routellm::routing
