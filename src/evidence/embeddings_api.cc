#include "evidence/embeddings_api.h"

#include <simdjson.h>

#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "openai/json_text.h"

namespace routellm::evidence {
namespace {

namespace dom = simdjson::dom;

tl::unexpected<Error> NoEmbeddings(std::string problem) {
  return Fail(ErrorCode::kInvalidData, "the answer is no list of embeddings", std::move(problem));
}

Result<void> ReadVector(dom::array numbers, std::span<float> row) {
  std::size_t column = 0;
  for (const dom::element element : numbers) {
    double number = 0;
    if (element.get_double().get(number)) return NoEmbeddings("a vector holds what is no number");
    row[column] = static_cast<float>(number);
    if (!std::isfinite(row[column++]))
      return NoEmbeddings("a vector holds a number that is not finite");
  }
  return {};
}

// Reads `data`, of which it is known that it has a place for each row.
Result<void> ReadRows(dom::array data, std::size_t dimension, embedding::Matrix& matrix) {
  std::vector<bool> seen(matrix.rows);
  for (const dom::element element : data) {
    std::uint64_t index = 0;
    dom::array numbers;
    if (element["index"].get(index)) return NoEmbeddings("a vector has no index");
    if (index >= matrix.rows || seen[index])
      return NoEmbeddings("an index is out of range, or given twice");
    seen[index] = true;
    if (element["embedding"].get(numbers)) return NoEmbeddings("there is no list of numbers");
    const std::size_t size = numbers.size();
    if (matrix.columns == 0) {
      matrix.columns = dimension != 0 ? dimension : size;
      matrix.values.resize(matrix.rows * matrix.columns);
    }
    if (size == 0 || size != matrix.columns) {
      return NoEmbeddings("a vector has " + std::to_string(size) + " numbers, not " +
                          std::to_string(matrix.columns));
    }
    if (auto read = ReadVector(numbers, matrix.Row(index)); !read) return read;
  }
  return {};
}

}  // namespace

std::string EmbeddingsBody(std::string_view model, std::size_t dimensions,
                           std::span<const std::string_view> texts) {
  std::string body = R"({"model":)" + openai::ToJsonString(model) + R"(,"input":[)";
  for (const std::string_view text : texts) {
    if (body.back() != '[') body += ',';
    body += openai::ToJsonString(text);
  }
  body += ']';
  if (dimensions != 0) body += R"(,"dimensions":)" + std::to_string(dimensions);
  return body + "}";
}

Result<embedding::Matrix> ReadEmbeddings(std::string_view body, std::size_t texts,
                                         std::size_t dimension) {
  dom::parser parser;
  dom::element root;
  dom::array data;
  if (parser.parse(body).get(root)) return NoEmbeddings("not JSON");
  if (root["data"].get(data)) return NoEmbeddings("it has no `data`");
  std::size_t count = 0;
  for ([[maybe_unused]] const dom::element element : data) ++count;
  if (count != texts) {
    return NoEmbeddings(std::to_string(count) + " vectors for " + std::to_string(texts) + " texts");
  }
  embedding::Matrix matrix{texts, 0, {}};
  if (auto read = ReadRows(data, dimension, matrix); !read) return tl::unexpected(read.error());
  return matrix;
}

std::size_t KnownDimension(std::string_view model) {
  if (model == "text-embedding-3-small" || model == "text-embedding-ada-002") return 1536;
  return model == "text-embedding-3-large" ? 3072 : 0;
}

}  // namespace routellm::evidence
