#include "embedding/partial_vectors.h"

#include <algorithm>
#include <sstream>
#include <string>
#include <system_error>

#include "embedding/fnv1a.h"

namespace routellm::embedding {
namespace fs = std::filesystem;
namespace {

std::string Heading(std::span<const std::string_view> texts, const EmbedderIdentity& identity) {
  Fnv1a hash;
  for (const std::string_view text : texts) {
    const std::uint64_t size = text.size();
    hash.Add(std::as_bytes(std::span(&size, 1)));
    hash.Add(std::as_bytes(std::span(text)));
  }
  std::ostringstream line;
  line << "routellm vectors 1, " << identity.name << " " << identity.revision << ", "
       << identity.dimension << " numbers, of " << texts.size() << " texts " << std::hex
       << hash.value() << "\n";
  return line.str();
}

// The floats behind the heading of a file that begins with it; none of any other file.
std::vector<float> ReadRows(const fs::path& file, const std::string& heading) {
  std::ifstream in(file, std::ios::binary);
  std::string found(heading.size(), '\0');
  if (!in.read(found.data(), static_cast<std::streamsize>(found.size())) || found != heading)
    return {};
  std::error_code error;
  const auto size = fs::file_size(file, error);
  if (error || size < heading.size()) return {};
  std::vector<float> values((size - heading.size()) / sizeof(float));
  in.read(reinterpret_cast<char*>(values.data()),
          static_cast<std::streamsize>(values.size() * sizeof(float)));
  values.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)) /
                sizeof(float));
  return values;
}

}  // namespace

Result<PartialVectors> PartialVectors::Open(const fs::path& file,
                                            std::span<const std::string_view> texts,
                                            const EmbedderIdentity& identity) {
  const std::string heading = Heading(texts, identity);
  PartialVectors partial;
  partial.file_ = file;
  Matrix& vectors = partial.vectors_;
  vectors.columns = identity.dimension;
  vectors.values = ReadRows(file, heading);
  vectors.rows = std::min(vectors.values.size() / vectors.columns, texts.size());
  vectors.values.resize(vectors.rows * vectors.columns);
  const auto failed = [&] { return Fail(ErrorCode::kIo, file.string() + ": cannot be written"); };
  if (vectors.rows > 0) {
    std::error_code error;
    fs::resize_file(file, heading.size() + vectors.values.size() * sizeof(float), error);
    if (error) return failed();
    partial.out_.open(file, std::ios::binary | std::ios::app);
  } else {
    partial.out_.open(file, std::ios::binary | std::ios::trunc);
    partial.out_ << heading << std::flush;
  }
  if (!partial.out_) return failed();
  return partial;
}

Result<void> PartialVectors::Append(const Matrix& rows) {
  vectors_.values.insert(vectors_.values.end(), rows.values.begin(), rows.values.end());
  vectors_.rows += rows.rows;
  out_.write(reinterpret_cast<const char*>(rows.values.data()),
             static_cast<std::streamsize>(rows.values.size() * sizeof(float)));
  out_.flush();
  if (out_) return {};
  return Fail(ErrorCode::kIo, file_.string() + ": cannot be written");
}

void PartialVectors::Remove() {
  out_.close();
  std::error_code error;
  fs::remove(file_, error);
}

}  // namespace routellm::embedding
