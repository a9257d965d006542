#include "data/dataset_files.h"

#include <algorithm>
#include <string>
#include <system_error>

namespace routellm::data {
namespace fs = std::filesystem;
namespace {

using FileList = std::vector<fs::path> DatasetFiles::*;

// The list that a file's name puts it on; nullptr for a name that says nothing.
FileList KindByName(const fs::path& file) {
  std::string name = file.filename().string();
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  if (name.ends_with(".queries.jsonl")) return &DatasetFiles::queries;
  if (name.ends_with("_groups.csv")) return &DatasetFiles::groups;
  if (name.ends_with(".outcomes.csv")) return &DatasetFiles::outcomes;
  if (name.ends_with(".battles.csv") || name.ends_with(".battles.jsonl"))
    return &DatasetFiles::battles;
  if (name.ends_with(".scores.csv") || name.ends_with(".scores.jsonl"))
    return &DatasetFiles::scores;
  return nullptr;
}

tl::unexpected<Error> CannotRead(const fs::path& path, const std::error_code& error) {
  return Fail(ErrorCode::kIo, "cannot read a data path", path.string() + ": " + error.message());
}

std::string NamesOf(FileList wanted) {
  if (wanted == &DatasetFiles::battles) return "*.battles.csv or *.battles.jsonl";
  if (wanted == &DatasetFiles::scores) return "*.scores.csv or *.scores.jsonl";
  return "*.outcomes.csv";
}

Result<void> AddFolder(const fs::path& folder, FileList wanted, DatasetFiles& files) {
  std::error_code error;
  const std::size_t before = (files.*wanted).size();
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const FileList kind = KindByName(entry->path());
    const bool side_file = kind == &DatasetFiles::queries || kind == &DatasetFiles::groups;
    if (kind == wanted || side_file) (files.*kind).push_back(fs::canonical(entry->path(), error));
  }
  if (error) return CannotRead(folder, error);
  if ((files.*wanted).size() == before) {
    return Fail(ErrorCode::kInvalidData, "a data folder lacks what it is named for",
                folder.string() + ": no " + NamesOf(wanted));
  }
  return {};
}

// The queries that stand beside a file such as `SOURCE.outcomes.csv`, if they do.
void AddQueriesBeside(const fs::path& file, DatasetFiles& files) {
  for (const char* ending : {".queries.jsonl", ".queries.jsonl.gz"}) {
    std::error_code error;
    const fs::path queries = file.parent_path() / (SourceName(file) + ending);
    if (fs::exists(queries, error)) files.queries.push_back(fs::canonical(queries, error));
  }
}

Result<void> AddPaths(const std::vector<fs::path>& paths, FileList wanted, DatasetFiles& files) {
  for (const fs::path& path : paths) {
    std::error_code error;
    const fs::path real = fs::canonical(path, error);
    if (error) return CannotRead(path, error);
    if (fs::is_directory(real, error)) {
      if (auto ok = AddFolder(real, wanted, files); !ok) return ok;
    } else {
      const FileList kind = KindByName(real);
      (files.*(kind == nullptr ? wanted : kind)).push_back(real);
      if (kind != nullptr && kind != &DatasetFiles::queries && kind != &DatasetFiles::groups)
        AddQueriesBeside(real, files);
    }
  }
  return {};
}

}  // namespace

Result<DatasetFiles> FindDatasetFiles(const DataPaths& paths) {
  DatasetFiles files;
  if (auto ok = AddPaths(paths.outcomes, &DatasetFiles::outcomes, files); !ok)
    return tl::unexpected(ok.error());
  if (auto ok = AddPaths(paths.battles, &DatasetFiles::battles, files); !ok)
    return tl::unexpected(ok.error());
  if (auto ok = AddPaths(paths.scores, &DatasetFiles::scores, files); !ok)
    return tl::unexpected(ok.error());
  for (FileList list : {&DatasetFiles::queries, &DatasetFiles::groups, &DatasetFiles::outcomes,
                        &DatasetFiles::battles, &DatasetFiles::scores}) {
    auto& paths_of_kind = files.*list;
    std::sort(paths_of_kind.begin(), paths_of_kind.end());
    paths_of_kind.erase(std::unique(paths_of_kind.begin(), paths_of_kind.end()),
                        paths_of_kind.end());
  }
  return files;
}

std::string SourceName(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.substr(0, name.find('.'));
}

}  // namespace routellm::data
