// Which files the benchmarks consist of, and where they come from.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace routellm::data {

// The folder with the benchmarks' files in the public repository lm-sys/RouteLLM (Apache-2.0), at a
// fixed commit.
inline constexpr std::string_view kBenchmarkOrigin =
    "https://raw.githubusercontent.com/lm-sys/RouteLLM/0b64fdafe049e596a3f5657c219329f24af24198/"
    "routellm/evals";

struct BenchmarkFile {
  std::string_view benchmark;  // one of BenchmarkNames()
  std::string_view path;       // below kBenchmarkOrigin, and below the folder of LoadBenchmark
  std::uint64_t bytes;         // its size
  std::string_view sha256;     // 64 lower-case hexadecimal digits
};

// All files of all benchmarks.
[[nodiscard]] std::span<const BenchmarkFile> BenchmarkFiles();

}  // namespace routellm::data
