#include "routing/pair_metadata.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "data/safetensors.h"

namespace routellm::routing {
namespace {

using Json = nlohmann::json;

}  // namespace

Result<PairMetadata> ReadPairMetadata(const data::Safetensors& file) {
  PairMetadata pair;
  if (const auto entry = file.metadata().find("pair"); entry != file.metadata().end()) {
    try {
      const Json names = Json::parse(entry->second);
      names.at("strong").get_to(pair.strong_model);
      names.at("weak").get_to(pair.weak_model);
    } catch (const Json::exception&) {
      return file.Invalid("has a garbled 'pair' in its metadata");
    }
  }
  const auto entry = file.metadata().find("win_rate_percentiles");
  if (entry == file.metadata().end()) return pair;
  auto& quantiles = pair.win_rate_quantiles;
  try {
    Json::parse(entry->second).get_to(quantiles);
  } catch (const Json::exception&) {
    return file.Invalid("has a garbled 'win_rate_percentiles' in its metadata");
  }
  const bool in_range = std::all_of(quantiles.begin(), quantiles.end(),
                                    [](double value) { return value >= 0.0 && value <= 1.0; });
  if (quantiles.size() >= 2 && in_range && std::is_sorted(quantiles.begin(), quantiles.end()))
    return pair;
  return file.Invalid("has 'win_rate_percentiles' that are not ascending numbers in [0, 1]");
}

void AddPairMetadata(const PairMetadata& pair,
                     std::map<std::string, std::string, std::less<>>& metadata) {
  if (!pair.strong_model.empty())
    metadata["pair"] = Json({{"strong", pair.strong_model}, {"weak", pair.weak_model}}).dump();
  if (!pair.win_rate_quantiles.empty())
    metadata["win_rate_percentiles"] = Json(pair.win_rate_quantiles).dump();
}

}  // namespace routellm::routing
