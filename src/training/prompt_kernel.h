// How alike prompts are: the kernels by which labels of some prompts speak of others.
//
// All are linear in what a router sees of a prompt, so that whatever is learnt with them is again
// a function of the form of routing/own_labels.h. Over the n prompts of a training set:
//
//   difficulty(x, y) = d_x . d_y / 2, d the easiness and the discrimination that the initial
//                      checkpoint gives a prompt, standardised over the set
//   columns(x, y)    = z_x . z_y / kBaseColumns, z the base columns, standardised over the set
//   embedding(x, y)  = z_x . z_y, z the embeddings, scaled to length 1, centred over the set and
//                      divided by their root mean square length
//   words(x, y)      = cosine(x, y) * (1 + u_x . u_y) / 2, with the cosine of the hashed features,
//                      each times its inverse document frequency, and u the context: the first
//                      principal components of columns and embeddings together, as they stand
//                      above, scaled to length 1
//   topics           = C C / (mean of its diagonal), C the cosine, centred over the set
//
// So a word may tell one thing in prompts of one kind and another in those of another. The last is
// large for prompts that share words with the same third prompts: latent semantic analysis
// (Deerwester et al., 1990) with directions weighed by their variance instead of cut off.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "routing/own_labels.h"
#include "training/label_features.h"
#include "training/linear_algebra.h"

namespace routellm::training {

// The weights, >= 0, of a sum of the kernels.
struct KernelMix {
  double difficulty = 0.0;
  double columns = 0.0;
  double words = 0.0;
  double topics = 0.0;
  double embedding = 0.0;  // 0 where the features have no embeddings

  KernelMix& operator+=(const KernelMix& other) {
    difficulty += other.difficulty;
    columns += other.columns;
    words += other.words;
    topics += other.topics;
    embedding += other.embedding;
    return *this;
  }
  friend KernelMix operator*(double factor, const KernelMix& mix) {
    return {factor * mix.difficulty, factor * mix.columns, factor * mix.words, factor * mix.topics,
            factor * mix.embedding};
  }
};

struct KernelMatrices {
  Matrix difficulty;
  Matrix columns;
  Matrix words;
  Matrix topics;
  Matrix embedding = {};  // empty where the features have no embeddings

  [[nodiscard]] Matrix Mixed(const KernelMix& mix) const {
    Matrix mixed = mix.difficulty * difficulty + mix.columns * columns + mix.words * words +
                   mix.topics * topics;
    if (mix.embedding > 0.0) mixed += mix.embedding * embedding;
    return mixed;
  }
};

// The kernels over one training set. Thread-safe; `features` must outlive it.
class PromptKernel {
 public:
  // `rows` of the features, at least one.
  PromptKernel(const LabelFeatures& features, std::span<const std::uint32_t> rows);

  // The kernels as they stand, [rows, rows] each.
  [[nodiscard]] KernelMatrices Matrices() const;

  // The mixed kernel times a vector, in time linear in the features of all rows.
  [[nodiscard]] Vector Multiply(const KernelMix& mix, const Vector& vector) const;

  // The solution x of (kernel + noise) x = right, noise > 0, by conjugate gradients.
  [[nodiscard]] Vector Solve(const KernelMix& mix, double noise, const Vector& right) const;

  // Adds to `function`, whose features and inverse document frequencies must be the kernel's, the
  // function of a prompt that is the sum over the rows of coefficient times kernel.
  void AddTo(const KernelMix& mix, const Vector& coefficients, routing::OwnLabels& function) const;

  // A function that is zero, with this kernel's features.
  [[nodiscard]] routing::OwnLabels ZeroFunction() const;

 private:
  // Hashed features times inverse document frequencies, of length 1.
  struct SparseRow {
    std::span<const std::uint32_t> buckets;
    std::span<const float> weights;
  };

  // Each column: a number whatever the context, and one for each number of the context.
  using InContext = Eigen::Matrix<float, routing::OwnLabels::kWeights, Eigen::Dynamic>;

  void FindContexts();
  [[nodiscard]] routing::ContextFunction Context() const;
  [[nodiscard]] SparseRow Row(std::size_t row) const;
  [[nodiscard]] Vector BucketSums(const Vector& coefficients) const;  // rows^T coefficients
  [[nodiscard]] Vector RowSums(const Vector& buckets) const;          // rows buckets
  [[nodiscard]] InContext BucketSumsInContext(const Vector& coefficients) const;
  [[nodiscard]] Vector RowSumsInContext(const InContext& buckets) const;
  [[nodiscard]] Matrix CosineMatrix(std::span<const std::size_t> rows) const;
  [[nodiscard]] double MeanTopicsDiagonal() const;

  text::HashedFeatureSpec spec_;
  std::array<routing::LinearFunction, 2> difficulty_;
  Vector difficulty_means_;
  Vector difficulty_factors_;
  Matrix difficulties_;  // [2, rows], centred and multiplied
  Vector means_;         // of the base columns
  Vector factors_;       // what the centred columns are multiplied with
  Matrix columns_;       // [kBaseColumns, rows], centred and multiplied
  embedding::EmbedderIdentity embedder_;
  Vector mean_embedding_;
  double embedding_factor_ = 0.0;  // what the centred embeddings are multiplied with
  Matrix embeddings_;              // [dimension, rows], centred and multiplied
  // The components of the inputs, columns and embeddings one below the other, and the contexts
  // behind a row of ones.
  Matrix components_;   // [kBaseColumns + dimension, routing::ContextFunction::kSize]
  InContext contexts_;  // [.., rows]
  std::vector<float> idf_;
  std::vector<std::size_t> begins_;  // of the rows in the two below, and the end
  std::vector<std::uint32_t> buckets_;
  std::vector<float> weights_;
  double topics_diagonal_ = 1.0;
};

}  // namespace routellm::training
