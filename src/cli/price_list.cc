#include "cli/price_list.h"

#include <fmt/core.h>

#include <utility>

#include "cli/named_value.h"
#include "config/section.h"
#include "config/yaml_tree.h"
#include "data/text_file.h"

namespace routellm::cli {

PriceList::PriceList()
    : usd_per_mtok_({{"gpt-4-1106-preview", 24.7},
                     {"mistralai/Mixtral-8x7B-Instruct-v0.1", 0.24},
                     {"mixtral-8x7b-instruct-v0.1", 0.24}}) {}

Result<void> PriceList::Read(const std::string& file) {
  const auto text = data::ReadTextFile(file);
  if (!text) return tl::unexpected(text.error());
  config::Problems problems;
  if (const auto root = config::ParseYaml(*text, problems)) {
    config::Section prices("", 0, *root, problems);
    for (const config::YamlEntry& entry : prices.entries()) {
      const auto price = ParseNamedNumber("", "", entry.key + "=" + entry.value.scalar);
      if (price && price->value >= 0.0) {
        usd_per_mtok_[entry.key] = price->value;
      } else {
        prices.Report(entry, "a price in US dollars per million tokens was expected");
      }
    }
  }
  if (problems.empty()) return {};
  return problems.ToError(ErrorCode::kInvalidData, "the price list " + file);
}

Result<void> PriceList::Set(const std::string& argument) {
  auto price = ParseNamedNumber("--price", "MODEL=USD", argument);
  if (!price) return tl::unexpected(price.error());
  if (price->value < 0.0) {
    return Fail(ErrorCode::kInvalidRequest,
                fmt::format("--price {}: a price is not below 0", argument));
  }
  usd_per_mtok_[std::move(price->name)] = price->value;
  return {};
}

std::optional<double> PriceList::Find(std::string_view model) const {
  const auto found = usd_per_mtok_.find(model);
  return found == usd_per_mtok_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace routellm::cli
