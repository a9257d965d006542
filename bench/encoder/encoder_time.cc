// Times the encoder on one thread: `routellm_encoder_time MODEL_DIR TEXTS BATCH ROUNDS VECTORS`
// embeds the lines of the file TEXTS in batches, ROUNDS times, prints the seconds of each round and
// writes the last round's vectors.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "embedding/encoder_embedder.h"
#include "embedding/vector_file.h"

int main(int argc, char** argv) {
  using namespace routellm::embedding;
  if (argc != 6) return 2;
  const auto embedder = EncoderEmbedder::Load(argv[1]);
  if (!embedder) {
    std::fprintf(stderr, "%s\n", embedder.error().ToString().c_str());
    return 2;
  }
  std::vector<std::string> lines;
  std::ifstream in(argv[2]);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  const std::vector<std::string_view> texts(lines.begin(), lines.end());
  const std::size_t batch = std::strtoul(argv[3], nullptr, 10);
  Matrix all;
  for (unsigned long round = std::strtoul(argv[4], nullptr, 10); round > 0; --round) {
    all = {texts.size(), embedder->identity().dimension, {}};
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < texts.size(); i += batch) {
      const auto rows =
          embedder->Embed(std::span(texts).subspan(i, std::min(batch, texts.size() - i)));
      if (!rows) return 1;
      all.values.insert(all.values.end(), rows->values.begin(), rows->values.end());
    }
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    std::printf("%.6f\n", taken.count());
  }
  return SaveVectors(argv[5], all, embedder->identity()) ? 0 : 1;
}
