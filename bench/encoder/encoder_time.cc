// Times the encoder on one thread: `routellm_encoder_time MODEL_DIR PRECISION TEXTS BATCH ROUNDS
// VECTORS` embeds the lines of the file TEXTS in batches, ROUNDS times, prints the instruction set
// and the processor's seconds of each round and writes the last round's vectors. PRECISION: float
// or int8.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "embedding/encoder_embedder.h"
#include "embedding/kernels.h"
#include "embedding/vector_file.h"

int main(int argc, char** argv) {
  using namespace routellm::embedding;
  if (argc != 7) return 2;
  const bool bytes = std::string_view(argv[2]) == "int8";
  const auto embedder =
      EncoderEmbedder::Load(argv[1], {.precision = bytes ? Precision::kInt8 : Precision::kFloat});
  if (!embedder) {
    std::fprintf(stderr, "%s\n", embedder.error().ToString().c_str());
    return 2;
  }
  std::vector<std::string> lines;
  std::ifstream in(argv[3]);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  const std::vector<std::string_view> texts(lines.begin(), lines.end());
  const std::size_t batch = std::strtoul(argv[4], nullptr, 10);
  std::printf("%s\n", SupportedKernels().front()->name);
  Matrix all;
  for (unsigned long round = std::strtoul(argv[5], nullptr, 10); round > 0; --round) {
    all = {texts.size(), embedder->identity().dimension, {}};
    const std::clock_t start = std::clock();
    for (std::size_t i = 0; i < texts.size(); i += batch) {
      const auto rows =
          embedder->Embed(std::span(texts).subspan(i, std::min(batch, texts.size() - i)));
      if (!rows) return 1;
      all.values.insert(all.values.end(), rows->values.begin(), rows->values.end());
    }
    std::printf("%.6f\n", static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  }
  return SaveVectors(argv[6], all, embedder->identity()) ? 0 : 1;
}
