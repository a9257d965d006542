// What models cost, as far as the user or this program knows.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace routellm::cli {

// US dollars per million tokens by model, input and output in one figure.
class PriceList {
 public:
  // With the figures of Ong et al., "RouteLLM" (2024), for the two models of the benchmarks.
  PriceList();

  // A YAML map from model to price; its prices prevail. Errors: kIo; kInvalidData with key and
  // line.
  [[nodiscard]] Result<void> Read(const std::string& file);

  // "MODEL=USD"; prevails. Error kInvalidRequest.
  [[nodiscard]] Result<void> Set(const std::string& argument);

  [[nodiscard]] std::optional<double> Find(std::string_view model) const;

 private:
  std::map<std::string, double, std::less<>> usd_per_mtok_;
};

}  // namespace routellm::cli
