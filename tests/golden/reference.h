// Where the reference numbers and the data that they speak of lie.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "data/text_file.h"

namespace routellm::golden {

namespace fs = std::filesystem;

// $VARIABLE, or the folder `fallback` of the shared data.
inline fs::path Folder(const char* variable, const char* fallback) {
  const char* given = std::getenv(variable);
  return given != nullptr && *given != '\0' ? fs::path(given)
                                            : fs::path(ROUTELLM_SHARED) / fallback;
}

// Where a missing reference is a failure, not a reason to skip.
inline bool InCi() {
  const char* ci = std::getenv("CI");
  return ci != nullptr && *ci != '\0';
}

// The folders of $ROUTELLM_GOLDEN whose names begin with `prefix`, sorted.
inline std::vector<fs::path> Cases(std::string_view prefix) {
  std::vector<fs::path> cases;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(Folder("ROUTELLM_GOLDEN", "golden"), error)) {
    if (entry.is_directory() && entry.path().filename().string().starts_with(prefix))
      cases.push_back(entry.path());
  }
  std::sort(cases.begin(), cases.end());
  return cases;
}

// Fails the test and returns a discarded value for a file that is not JSON.
inline nlohmann::json ReadJson(const fs::path& file) {
  const auto text = data::ReadTextFile(file);
  EXPECT_TRUE(text) << text.error().ToString();
  auto json = nlohmann::json::parse(text.value_or(""), nullptr, false);
  EXPECT_FALSE(json.is_discarded()) << file << " is not JSON";
  return json;
}

}  // namespace routellm::golden
