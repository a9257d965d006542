#include "training/model_pair.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

namespace routellm::training {
namespace {

Result<std::uint32_t> FindModel(const data::Dataset& dataset, const std::string& name) {
  const auto found = std::find(dataset.models.begin(), dataset.models.end(), name);
  if (found != dataset.models.end())
    return static_cast<std::uint32_t>(found - dataset.models.begin());
  constexpr std::size_t kMostNamed = 8;
  const auto named = std::span(dataset.models).first(std::min(dataset.models.size(), kMostNamed));
  return Fail(
      ErrorCode::kInvalidRequest,
      fmt::format("the data know no model '{}'; they are of {}{}", name, fmt::join(named, ", "),
                  named.size() < dataset.models.size() ? ", ..." : ""));
}

}  // namespace

Result<ModelPair> FindModels(const data::Dataset& dataset, const std::string& strong_model,
                             const std::string& weak_model) {
  const auto strong = FindModel(dataset, strong_model);
  if (!strong) return tl::unexpected(strong.error());
  const auto weak = FindModel(dataset, weak_model);
  if (!weak) return tl::unexpected(weak.error());
  if (*strong == *weak)
    return Fail(ErrorCode::kInvalidRequest, "the strong and the weak model are the same");
  return ModelPair{*strong, *weak};
}

}  // namespace routellm::training
