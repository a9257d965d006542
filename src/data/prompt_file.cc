#include "data/prompt_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "data/battle_record.h"
#include "data/csv_reader.h"
#include "data/json_lines.h"
#include "data/text_file.h"
#include "text/utf8.h"

namespace routellm::data {
namespace fs = std::filesystem;
namespace {

std::string NameWithoutGzip(const fs::path& file) {
  std::string name = file.filename().string();
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  return name;
}

// The text of a message's content as the gateway takes it (openai/request_view.h): a string, or
// the parts that are text.
std::string ContentText(const nlohmann::json& content) {
  if (content.is_string()) return content.get<std::string>();
  std::string text;
  if (!content.is_array()) return text;
  for (const nlohmann::json& part : content) {
    if (!part.is_object() || !part.contains("text") || !part["text"].is_string()) continue;
    const nlohmann::json type = part.value("type", nlohmann::json());
    if (type != "text" && type != "input_text") continue;
    if (!text.empty()) text += '\n';
    text += part["text"].get_ref<const std::string&>();
  }
  return text;
}

Result<std::string> LastUserTurn(const JsonLine& line) {
  const nlohmann::json* messages = line.Find("messages");
  if (!messages->is_array()) return tl::unexpected(line.ErrorAt("messages", "not a list"));
  for (auto message = messages->rbegin(); message != messages->rend(); ++message) {
    if (!message->is_object() || message->value("role", nlohmann::json()) != "user") continue;
    return message->contains("content") ? ContentText((*message)["content"]) : std::string();
  }
  return tl::unexpected(line.ErrorAt("messages", "no message of the role 'user'"));
}

std::string Id(const JsonLine& line, std::size_t number) {
  for (const char* key : {"id", "question_id"}) {
    const nlohmann::json* id = line.Find(key);
    if (id != nullptr && id->is_string()) return id->get<std::string>();
    if (id != nullptr && id->is_number()) return id->dump();
  }
  return std::to_string(number);
}

class PromptReader {
 public:
  PromptReader(std::string file, std::string_view key) : file_(std::move(file)), key_(key) {}

  Result<std::vector<Prompt>> ReadBattles() {
    const auto read = ForEachBattle(file_, [&](const BattleRecord& battle) -> Result<void> {
      ++number_;
      if (battle.prompt.empty()) return {};
      if (!text::IsValidUtf8(battle.prompt)) {
        return tl::unexpected(battle.error_at("prompt", "not valid UTF-8"));
      }
      Add(battle.id.empty() ? std::to_string(number_) : battle.id, battle.prompt);
      return {};
    });
    return Finish(read);
  }

  Result<std::vector<Prompt>> ReadCsv(CsvReader reader) {
    const auto prompt = reader.Column(key_);
    if (!prompt) return tl::unexpected(prompt.error());
    const auto id = reader.FindColumn("id");
    for (;;) {
      const auto found = reader.Next();
      if (!found) return tl::unexpected(found.error());
      if (!*found) return std::move(prompts_);
      ++number_;
      if (!text::IsValidUtf8(reader.Field(*prompt))) {
        return tl::unexpected(reader.ErrorAt(*prompt, "not valid UTF-8"));
      }
      Add(id ? reader.Field(*id) : std::to_string(number_), reader.Field(*prompt));
    }
  }

  Result<std::vector<Prompt>> ReadJsonLines(std::string_view text) {
    return Finish(ForEachJsonLine(file_, text, [&](const JsonLine& line) {
      ++number_;
      return AddJson(line);
    }));
  }

  Result<std::vector<Prompt>> ReadLines(std::string_view text) {
    for (number_ = 1; !text.empty(); ++number_) {
      std::string_view line = text.substr(0, text.find('\n'));
      text.remove_prefix(std::min(text.size(), line.size() + 1));
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
      if (auto ok = AddLine(line); !ok) return tl::unexpected(ok.error());
    }
    return std::move(prompts_);
  }

 private:
  Result<void> AddLine(std::string_view line) {
    if (!line.starts_with('{')) {
      if (!text::IsValidUtf8(line)) {
        return tl::unexpected(InvalidData(file_, number_, "not valid UTF-8"));
      }
      Add(std::to_string(number_), std::string(line));
      return {};
    }
    const auto read =
        ForEachJsonLine(file_, line, [&](const JsonLine& object) { return AddJson(object); });
    if (read) return {};
    Error error = read.error();  // which takes the line for the first of its file
    const std::string prefix = fmt::format("{}:1: ", file_);
    if (error.detail.starts_with(prefix)) {
      error.detail.replace(0, prefix.size(), fmt::format("{}:{}: ", file_, number_));
    }
    return tl::unexpected(std::move(error));
  }

  Result<void> AddJson(const JsonLine& line) {
    const bool chat = line.Find(key_) == nullptr && line.Find("messages") != nullptr;
    auto text =
        chat ? LastUserTurn(line)
             : line.String(key_).map([](std::string_view prompt) { return std::string(prompt); });
    if (!text) return tl::unexpected(text.error());
    Add(Id(line, number_), *std::move(text));
    return {};
  }

  void Add(std::string id, std::string text) {
    prompts_.push_back({std::move(id), std::move(text)});
  }

  Result<std::vector<Prompt>> Finish(const Result<void>& read) {
    if (!read) return tl::unexpected(read.error());
    return std::move(prompts_);
  }

  const std::string file_;
  const std::string_view key_;
  std::size_t number_ = 0;  // of the current line or record
  std::vector<Prompt> prompts_;
};

// By the first line: which of a file's lines are battles does not vary.
bool HoldsJsonBattles(std::string_view text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  const auto object = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  return object.is_object() && object.contains("model_a");
}

}  // namespace

Result<std::vector<Prompt>> LoadPrompts(const fs::path& file, std::string_view column,
                                        PromptFileKind kind) {
  const std::string name = NameWithoutGzip(file);
  if (kind == PromptFileKind::kByName && name.ends_with(".csv")) kind = PromptFileKind::kCsv;
  if (kind == PromptFileKind::kByName && name.ends_with(".jsonl"))
    kind = PromptFileKind::kJsonLines;
  if (name.ends_with(".outcomes.csv") || name.ends_with("_groups.csv")) {
    return Fail(ErrorCode::kInvalidData, "a file without prompts",
                file.string() + ": it names queries by id; the prompts are in *.queries.jsonl");
  }
  auto text = ReadTextFile(file);
  if (!text) return tl::unexpected(text.error());
  PromptReader reader(file.string(), column);
  if (kind == PromptFileKind::kCsv) {
    auto csv = CsvReader::Create(file.string(), *std::move(text));
    if (!csv) return tl::unexpected(csv.error());
    return csv->FindColumn("model_a") ? reader.ReadBattles() : reader.ReadCsv(*std::move(csv));
  }
  if (kind == PromptFileKind::kJsonLines) {
    return HoldsJsonBattles(*text) ? reader.ReadBattles() : reader.ReadJsonLines(*text);
  }
  return reader.ReadLines(*text);
}

Result<std::vector<fs::path>> FindPromptFiles(const fs::path& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return std::vector<fs::path>{path};
  std::vector<fs::path> files;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = NameWithoutGzip(entry->path());
    if (name.ends_with(".queries.jsonl") || name.ends_with(".battles.csv") ||
        name.ends_with(".battles.jsonl")) {
      files.push_back(entry->path());
    }
  }
  if (error) {
    return Fail(ErrorCode::kIo, "cannot read a folder", path.string() + ": " + error.message());
  }
  if (files.empty()) {
    return Fail(ErrorCode::kInvalidData, "a folder without prompts",
                path.string() + ": no *.queries.jsonl, *.battles.csv or *.battles.jsonl");
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace routellm::data
