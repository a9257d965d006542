#include "data/dataset.h"

#include "data/dataset_builder.h"
#include "data/dataset_files.h"

namespace routellm::data {

Result<Dataset> LoadDataset(const DataPaths& paths) {
  const auto files = FindDatasetFiles(paths);
  if (!files) return tl::unexpected(files.error());
  DatasetBuilder builder;
  for (const auto& file : files->queries) {
    if (auto ok = builder.AddQueries(file); !ok) return tl::unexpected(ok.error());
  }
  for (const auto& file : files->outcomes) {
    if (auto ok = builder.AddOutcomes(file); !ok) return tl::unexpected(ok.error());
  }
  for (const auto& file : files->battles) {
    if (auto ok = builder.AddBattles(file); !ok) return tl::unexpected(ok.error());
  }
  for (const auto& file : files->scores) {
    if (auto ok = builder.AddScores(file, paths.scored); !ok) return tl::unexpected(ok.error());
  }
  for (const auto& file : files->groups) {
    if (auto ok = builder.AddGroups(file); !ok) return tl::unexpected(ok.error());
  }
  return builder.Finish();
}

}  // namespace routellm::data
