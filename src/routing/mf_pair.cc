#include "routing/mf_pair.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace routellm::routing {
namespace {

double Norm(std::span<const float> vector) {
  double squares = 0.0;
  for (const float value : vector) squares += double{value} * value;
  return std::sqrt(squares);
}

}  // namespace

Result<std::size_t> FindModel(std::span<const std::string> names, std::string_view model) {
  const auto found = std::find(names.begin(), names.end(), model);
  if (found == names.end()) {
    return Fail(ErrorCode::kInvalidRequest,
                "the checkpoint knows no model '" + std::string(model) + "'");
  }
  return static_cast<std::size_t>(found - names.begin());
}

Result<MfPair> MakeMfPair(const MfModels& models, std::string_view strong_model,
                          std::string_view weak_model) {
  if (strong_model.empty()) strong_model = models.strong_model;
  if (weak_model.empty()) weak_model = models.weak_model;
  if (strong_model.empty() || weak_model.empty()) {
    return Fail(ErrorCode::kInvalidRequest,
                "the checkpoint has no default pair: name the strong and the weak model");
  }
  const auto strong = FindModel(models.names, strong_model);
  if (!strong) return tl::unexpected(strong.error());
  const auto weak = FindModel(models.names, weak_model);
  if (!weak) return tl::unexpected(weak.error());
  if (*strong == *weak)
    return Fail(ErrorCode::kInvalidRequest, "the strong and the weak model are the same");

  const std::size_t d = models.classifier.size();
  const auto strong_row = models.vectors.subspan(*strong * d, d);
  const auto weak_row = models.vectors.subspan(*weak * d, d);
  const double strong_norm = Norm(strong_row);
  const double weak_norm = Norm(weak_row);
  MfPair pair{.strong_model = std::string(strong_model),
              .weak_model = std::string(weak_model),
              .is_default = strong_model == models.strong_model && weak_model == models.weak_model,
              .direction = std::vector<double>(d)};
  for (std::size_t i = 0; i < d; ++i) {
    pair.direction[i] =
        models.classifier[i] * (strong_row[i] / strong_norm - weak_row[i] / weak_norm);
  }
  return pair;
}

}  // namespace routellm::routing
