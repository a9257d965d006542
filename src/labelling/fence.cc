#include "labelling/fence.h"

#include <fmt/format.h>

#include <algorithm>

#include "benchmark_run/digest.h"

namespace routellm::labelling {

std::string FenceFor(std::span<const std::string_view> texts) {
  std::string fence;
  for (const std::string_view text : texts)
    fence = benchmark_run::Digest(fmt::format("{}{}", fence, text));
  while (std::any_of(texts.begin(), texts.end(), [&](std::string_view text) {
    return text.find(fence) != std::string_view::npos;
  })) {
    fence = benchmark_run::Digest(fence);
  }
  return fence;
}

std::string Fenced(std::string_view name, std::string_view fence, std::string_view text) {
  return fmt::format("<{0}-{1}>\n{2}\n</{0}-{1}>\n", name, fence, text);
}

}  // namespace routellm::labelling
