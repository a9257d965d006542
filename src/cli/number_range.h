// Options whose value is a number between two others.
#pragma once

#include <fmt/format.h>

#include <string>

#include <CLI/App.hpp>

namespace routellm::cli {

// Checks that a value lies in [least, most]. CLI::Range lets NaN pass.
[[nodiscard]] inline CLI::Validator Between(double least, double most) {
  const std::string range = fmt::format("in [{} - {}]", least, most);
  return {[=](std::string& text) -> std::string {
            double value = 0.0;
            if (CLI::detail::lexical_cast(text, value) && value >= least && value <= most)
              return {};
            return fmt::format("Value {} not {}", text, range);
          },
          "FLOAT " + range};
}

}  // namespace routellm::cli
