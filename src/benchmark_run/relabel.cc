#include "benchmark_run/relabel.h"

#include <utility>

#include "benchmark_run/exam.h"
#include "data/text_file.h"

namespace routellm::benchmark_run {
namespace {

constexpr std::string_view kResponse = "_response";

}  // namespace

Result<Relabelling> RelabelGsm8k(const std::filesystem::path& folder) {
  auto exam = LoadGsm8k(folder, /*shots=*/0);
  if (!exam) return tl::unexpected(exam.error());
  ExamFile& file = exam->files.front();
  Relabelling result{std::move(file.table), {}, {}};
  for (std::size_t answers = 0; answers < result.table.header.size(); ++answers) {
    if (!result.table.header[answers].ends_with(kResponse)) continue;
    RelabelledModel model{result.table.header[answers], 0, 0};
    model.model.resize(model.model.size() - kResponse.size());
    const auto labels = result.table.FindColumn(model.model);
    if (!labels) {
      return tl::unexpected(data::InvalidData((folder / file.name).string(), 1,
                                              "there is no column '" + model.model + "'"));
    }
    for (std::size_t row = 0; row < result.table.rows.size(); ++row) {
      const ExamQuestion& question = file.questions[row];
      auto said = exam->read(question, result.table.rows[row][answers]);
      const bool right = said == question.expected;
      std::string& label = result.table.rows[row][*labels];
      const bool was_right = label == "True";
      model.right_before += was_right ? 1 : 0;
      model.right_now += right ? 1 : 0;
      if (right == was_right) continue;
      label = right ? "True" : "False";
      result.changes.push_back({row + 1, model.model, right, std::move(said), question.expected});
    }
    result.models.push_back(std::move(model));
  }
  return result;
}

}  // namespace routellm::benchmark_run
