// Prompts from any of the files that hold them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace routellm::data {

// Valid UTF-8. `text` is empty where a request has no text, as one of images only.
struct Prompt {
  std::string id;  // the record's `id` or `question_id`; without one, its line or record from 1 on
  std::string text;
};

enum class PromptFileKind { kByName, kCsv, kJsonLines };

// The prompts of one file, in order. What it is shows by its name, unless `kind` says it, and by
// its content:
//
// - CSV (`*.csv`): the column `column`. With a column `model_a` it is a file of battles
//   (docs/formats/battles.md), Chatbot Arena's published votes included; those that name a query
//   instead of stating a prompt are left out.
// - JSON Lines (`*.jsonl`): `prompt`, or of `messages` the text of the last user turn. Lines with
//   `model_a` are battles.
// - Any other name: a prompt a line; a line that begins with "{" is JSON, as above. Blank lines are
//   skipped.
//
// Each may be compressed with gzip. Errors: kIo; kInvalidData with file and line, also for a file
// that cannot hold prompts (`*.outcomes.csv`, `*_groups.csv`).
[[nodiscard]] Result<std::vector<Prompt>> LoadPrompts(
    const std::filesystem::path& file, std::string_view column = "prompt",
    PromptFileKind kind = PromptFileKind::kByName);

// The files of prompts that `path` stands for: itself, or in a folder all `*.queries.jsonl`,
// `*.battles.csv` and `*.battles.jsonl`, sorted, also compressed. Errors: kIo; kInvalidData for a
// folder without such a file.
[[nodiscard]] Result<std::vector<std::filesystem::path>> FindPromptFiles(
    const std::filesystem::path& path);

}  // namespace routellm::data
