#include "data/score_record.h"

#include <charconv>
#include <utility>

#include "data/csv_reader.h"
#include "data/json_lines.h"
#include "data/named_fields.h"
#include "data/text_file.h"

namespace routellm::data {
namespace {

Result<ScoreRecord> ReadScore(const NamedFields& fields) {
  ScoreRecord record;
  record.error_at = fields.error_at;
  record.id = fields.find("id").value_or("");
  record.prompt = fields.find("prompt").value_or("");
  if (record.id.empty() && record.prompt.empty())
    return tl::unexpected(fields.error_at("prompt", "missing, and there is no id either"));
  record.model = fields.find("model").value_or("");
  const auto text = Required(fields, "score");
  if (!text) return tl::unexpected(text.error());
  const auto [end, error] =
      std::from_chars(text->data(), text->data() + text->size(), record.score);
  const bool number = error == std::errc{} && end == text->data() + text->size();
  if (number && record.score >= 1.0F && record.score <= 5.0F) return record;
  return tl::unexpected(fields.error_at("score", Quoted(*text) + " is not a number from 1 to 5"));
}

}  // namespace

Result<void> ForEachScore(const std::filesystem::path& file,
                          const std::function<Result<void>(const ScoreRecord&)>& visit) {
  auto text = ReadTextFile(file);
  if (!text) return tl::unexpected(text.error());
  const std::string name = file.filename().string();
  if (name.ends_with(".jsonl") || name.ends_with(".jsonl.gz")) {
    return ForEachJsonLine(file.string(), *text, [&](const JsonLine& line) {
      return ReadScore(FieldsOf(line)).and_then(visit);
    });
  }
  auto reader = CsvReader::Create(file.string(), *std::move(text));
  if (!reader) return tl::unexpected(reader.error());
  const NamedFields fields = FieldsOf(*reader);
  for (;;) {
    const auto more = reader->Next();
    if (!more) return tl::unexpected(more.error());
    if (!*more) return {};
    if (auto ok = ReadScore(fields).and_then(visit); !ok) return ok;
  }
}

}  // namespace routellm::data
