#include "training/prompt_kernel.h"

#include <algorithm>
#include <cmath>

#include "routing/prompt_columns.h"

namespace routellm::training {
namespace {

using routing::kBaseColumns;
using routing::OwnLabels;

constexpr auto kColumns = static_cast<Eigen::Index>(kBaseColumns);
// Added to deviations: what hardly varies is not blown up.
constexpr double kLeastDeviation = 0.05;
constexpr double kLeastDifficulty = 1e-3;

Eigen::Index At(std::size_t i) { return static_cast<Eigen::Index>(i); }

Vector Centred(const Vector& vector) { return vector.array() - vector.mean(); }

// Centres each row of `values`, and scales it so that the columns' mean square is about 1.
void Standardise(Matrix& values, double added, Vector& means, Vector& factors) {
  means = values.rowwise().mean();
  values.colwise() -= means;
  const Vector deviations =
      (values.rowwise().squaredNorm() / static_cast<double>(values.cols())).cwiseSqrt();
  factors = (deviations.array() + added).inverse() / std::sqrt(static_cast<double>(values.rows()));
  values = factors.asDiagonal() * values;
}

}  // namespace

PromptKernel::PromptKernel(const LabelFeatures& features, std::span<const std::uint32_t> rows)
    : spec_(features.spec),
      difficulty_(features.difficulty),
      difficulties_(2, rows.size()),
      columns_(kColumns, rows.size()),
      embedder_(features.embedder),
      embeddings_(features.embeddings.rows(), rows.size()),
      idf_(spec_.Buckets()) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    difficulties_.col(At(i)) = features.difficulties.col(rows[i]);
    columns_.col(At(i)) = features.columns.col(rows[i]).head(kColumns);
    embeddings_.col(At(i)) = features.embeddings.col(rows[i]);
  }
  Standardise(difficulties_, kLeastDifficulty, difficulty_means_, difficulty_factors_);
  Standardise(columns_, kLeastDeviation, means_, factors_);
  mean_embedding_ = embeddings_.rowwise().mean();
  embeddings_.colwise() -= mean_embedding_;
  const double mean_square = embeddings_.squaredNorm() / static_cast<double>(rows.size());
  embedding_factor_ = mean_square > 0.0 ? 1.0 / std::sqrt(mean_square) : 0.0;
  embeddings_ *= embedding_factor_;
  FindContexts();

  std::vector<std::uint32_t> documents(spec_.Buckets());
  for (const std::uint32_t row : rows) {
    for (const std::uint32_t bucket : features.words[row].buckets) ++documents[bucket];
  }
  for (std::size_t b = 0; b < documents.size(); ++b) {
    if (documents[b] == 0) continue;
    idf_[b] = static_cast<float>(
        1.0 + std::log((1.0 + double(rows.size())) / (1.0 + double(documents[b]))));
  }
  begins_.push_back(0);
  for (const std::uint32_t row : rows) {
    const text::FeatureBag& bag = features.words[row];
    double squares = 0.0;
    for (std::size_t i = 0; i < bag.buckets.size(); ++i) {
      const double value = double{idf_[bag.buckets[i]]} * bag.weights[i];
      squares += value * value;
    }
    const double scale = squares > 0.0 ? 1.0 / std::sqrt(squares) : 0.0;
    for (std::size_t i = 0; i < bag.buckets.size(); ++i) {
      buckets_.push_back(bag.buckets[i]);
      weights_.push_back(static_cast<float>(scale * idf_[bag.buckets[i]] * bag.weights[i]));
    }
    begins_.push_back(buckets_.size());
  }
  topics_diagonal_ = MeanTopicsDiagonal();
}

void PromptKernel::FindContexts() {
  constexpr auto kSize = static_cast<Eigen::Index>(routing::ContextFunction::kSize);
  Matrix inputs(columns_.rows() + embeddings_.rows(), columns_.cols());
  inputs << columns_, embeddings_;
  // The eigenvalues ascend.
  components_ = Eigen::SelfAdjointEigenSolver<Matrix>(inputs * inputs.transpose())
                    .eigenvectors()
                    .rightCols(kSize);
  const Matrix found = components_.transpose() * inputs;
  contexts_.resize(OwnLabels::kWeights, inputs.cols());
  contexts_.row(0).setOnes();
  contexts_.bottomRows(kSize) = found.colwise().normalized().cast<float>();
}

PromptKernel::SparseRow PromptKernel::Row(std::size_t row) const {
  const std::size_t size = begins_[row + 1] - begins_[row];
  return {std::span(buckets_).subspan(begins_[row], size),
          std::span(weights_).subspan(begins_[row], size)};
}

Vector PromptKernel::BucketSums(const Vector& coefficients) const {
  Vector sums = Vector::Zero(At(idf_.size()));
  for (std::size_t r = 0; r + 1 < begins_.size(); ++r) {
    const double coefficient = coefficients[At(r)];
    for (std::size_t i = begins_[r]; i < begins_[r + 1]; ++i)
      sums[buckets_[i]] += coefficient * weights_[i];
  }
  return sums;
}

Vector PromptKernel::RowSums(const Vector& buckets) const {
  Vector sums(At(begins_.size() - 1));
  for (std::size_t r = 0; r + 1 < begins_.size(); ++r) {
    double sum = 0.0;
    for (std::size_t i = begins_[r]; i < begins_[r + 1]; ++i)
      sum += buckets[buckets_[i]] * weights_[i];
    sums[At(r)] = sum;
  }
  return sums;
}

PromptKernel::InContext PromptKernel::BucketSumsInContext(const Vector& coefficients) const {
  InContext sums = InContext::Zero(InContext::RowsAtCompileTime, At(idf_.size()));
  for (std::size_t r = 0; r + 1 < begins_.size(); ++r) {
    const InContext::ColXpr::PlainObject row =
        static_cast<float>(coefficients[At(r)]) * contexts_.col(At(r));
    for (std::size_t i = begins_[r]; i < begins_[r + 1]; ++i)
      sums.col(buckets_[i]) += weights_[i] * row;
  }
  return sums;
}

Vector PromptKernel::RowSumsInContext(const InContext& buckets) const {
  Vector sums(At(begins_.size() - 1));
  for (std::size_t r = 0; r + 1 < begins_.size(); ++r) {
    InContext::ColXpr::PlainObject sum = InContext::ColXpr::PlainObject::Zero();
    for (std::size_t i = begins_[r]; i < begins_[r + 1]; ++i)
      sum += weights_[i] * buckets.col(buckets_[i]);
    sums[At(r)] = double{sum.dot(contexts_.col(At(r)))};
  }
  return sums;
}

Matrix PromptKernel::CosineMatrix(std::span<const std::size_t> rows) const {
  Matrix words(rows.size(), rows.size());
  std::vector<float> spread(idf_.size());
  for (std::size_t a = 0; a < rows.size(); ++a) {
    const SparseRow row = Row(rows[a]);
    for (std::size_t i = 0; i < row.buckets.size(); ++i) spread[row.buckets[i]] = row.weights[i];
    for (std::size_t b = 0; b <= a; ++b) {
      const SparseRow other = Row(rows[b]);
      float sum = 0.0F;
      for (std::size_t i = 0; i < other.buckets.size(); ++i)
        sum += spread[other.buckets[i]] * other.weights[i];
      words(At(a), At(b)) = words(At(b), At(a)) = double{sum};
    }
    for (const std::uint32_t bucket : row.buckets) spread[bucket] = 0.0F;
  }
  return words;
}

namespace {

Matrix Centred(Matrix kernel) {
  const Vector means = kernel.colwise().mean();
  kernel.colwise() -= means;
  kernel.rowwise() -= Vector(means.array() - means.mean()).transpose();
  return kernel;
}

}  // namespace

// The diagonal of C C holds the sums of C's squares; from some rows, those on and those off the
// diagonal of C are told for all.
double PromptKernel::MeanTopicsDiagonal() const {
  constexpr std::size_t kMost = 1000;
  const std::size_t all = begins_.size() - 1;
  std::vector<std::size_t> rows(std::min(all, kMost));
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = i * all / rows.size();
  const Matrix centred = Centred(CosineMatrix(rows));
  const double on = centred.diagonal().squaredNorm() / double(rows.size());
  if (rows.size() < 2) return std::max(on, 1e-9);
  const double off = (centred.squaredNorm() - centred.diagonal().squaredNorm()) /
                     (double(rows.size()) * double(rows.size() - 1));
  return std::max(on + double(all - 1) * off, 1e-9);
}

KernelMatrices PromptKernel::Matrices() const {
  std::vector<std::size_t> rows(begins_.size() - 1);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = i;
  KernelMatrices kernels;
  kernels.difficulty = difficulties_.transpose() * difficulties_;
  kernels.columns = columns_.transpose() * columns_;
  const Matrix cosines = CosineMatrix(rows);
  kernels.words = 0.5 * cosines.cwiseProduct((contexts_.transpose() * contexts_).cast<double>());
  const Matrix centred = Centred(cosines);
  kernels.topics = centred * centred / topics_diagonal_;
  if (embeddings_.rows() > 0) kernels.embedding = embeddings_.transpose() * embeddings_;
  return kernels;
}

Vector PromptKernel::Multiply(const KernelMix& mix, const Vector& vector) const {
  Vector product = Vector::Zero(vector.size());
  if (mix.difficulty > 0.0)
    product += mix.difficulty * (difficulties_.transpose() * (difficulties_ * vector));
  if (mix.columns > 0.0) product += mix.columns * (columns_.transpose() * (columns_ * vector));
  if (mix.embedding > 0.0)
    product += mix.embedding * (embeddings_.transpose() * (embeddings_ * vector));
  if (mix.topics > 0.0) {
    const Vector once = Centred(RowSums(BucketSums(Centred(vector))));
    product += mix.topics / topics_diagonal_ * Centred(RowSums(BucketSums(once)));
  }
  if (mix.words > 0.0) product += 0.5 * mix.words * RowSumsInContext(BucketSumsInContext(vector));
  return product;
}

Vector PromptKernel::Solve(const KernelMix& mix, double noise, const Vector& right) const {
  constexpr int kMostSteps = 1000;
  constexpr double kTolerance = 1e-5;  // of the residual; far below what labels can tell
  Vector solution = Vector::Zero(right.size());
  Vector residual = right;
  Vector direction = residual;
  double squares = residual.squaredNorm();
  const double enough = kTolerance * kTolerance * squares;
  for (int step = 0; step < kMostSteps && squares > enough; ++step) {
    const Vector product = Multiply(mix, direction) + noise * direction;
    const double length = squares / direction.dot(product);
    solution += length * direction;
    residual -= length * product;
    const double before = squares;
    squares = residual.squaredNorm();
    direction = residual + squares / before * direction;
  }
  return solution;
}

routing::ContextFunction PromptKernel::Context() const {
  Matrix weights = components_;
  weights.topRows(kColumns) = factors_.asDiagonal() * weights.topRows(kColumns);
  weights.bottomRows(embeddings_.rows()) *= embedding_factor_;
  Vector means(weights.rows());
  means << means_, mean_embedding_;
  const Vector biases = -(weights.transpose() * means);
  routing::ContextFunction context{
      .weights = std::vector<float>(static_cast<std::size_t>(weights.size())),
      .biases = {biases.begin(), biases.end()}};
  std::transform(weights.reshaped().begin(), weights.reshaped().end(), context.weights.begin(),
                 [](double weight) { return static_cast<float>(weight); });
  return context;
}

OwnLabels PromptKernel::ZeroFunction() const {
  OwnLabels zero{.prior_share = 0.0,
                 .columns = {std::vector<float>(routing::kPromptColumns), 0.0},
                 .features = spec_,
                 .idf = idf_,
                 .weights = std::vector<float>(idf_.size() * OwnLabels::kWeights),
                 .context = Context(),
                 .embedding = {}};
  if (embeddings_.rows() > 0)
    zero.embedding = {embedder_, std::vector<float>(static_cast<std::size_t>(embeddings_.rows()))};
  return zero;
}

void PromptKernel::AddTo(const KernelMix& mix, const Vector& coefficients,
                         OwnLabels& function) const {
  const Vector by_difficulty =
      mix.difficulty * difficulty_factors_.asDiagonal() * Vector(difficulties_ * coefficients);
  for (std::size_t f = 0; f < difficulty_.size(); ++f) {
    const double factor = by_difficulty[At(f)];
    for (std::size_t c = 0; c < routing::kPromptColumns; ++c)
      function.columns.weights[c] += static_cast<float>(factor * difficulty_[f].weights[c]);
    function.columns.bias += factor * (difficulty_[f].bias - difficulty_means_[At(f)]);
  }
  const Vector by_column = mix.columns * factors_.asDiagonal() * Vector(columns_ * coefficients);
  for (std::size_t c = 0; c < kBaseColumns; ++c)
    function.columns.weights[c] += static_cast<float>(by_column[At(c)]);
  function.columns.bias -= by_column.dot(means_);

  if (mix.embedding > 0.0) {
    const Vector by_number = mix.embedding * embedding_factor_ * Vector(embeddings_ * coefficients);
    auto& weights = function.embedding->weights;
    for (std::size_t d = 0; d < weights.size(); ++d)
      weights[d] += static_cast<float>(by_number[At(d)]);
    function.columns.bias -= by_number.dot(mean_embedding_);
  }

  Eigen::Map<InContext> by_bucket(function.weights.data(), InContext::RowsAtCompileTime,
                                  At(idf_.size()));
  if (mix.words > 0.0)
    by_bucket += static_cast<float>(0.5 * mix.words) * BucketSumsInContext(coefficients);
  if (mix.topics > 0.0) {
    const Vector once = Centred(RowSums(BucketSums(Centred(coefficients))));
    const Vector topics = mix.topics / topics_diagonal_ * BucketSums(once);
    const Vector mean_row = BucketSums(Vector::Constant(once.size(), 1.0 / double(once.size())));
    function.columns.bias -= topics.dot(mean_row);
    by_bucket.row(0) += topics.transpose().cast<float>();
  }
}

}  // namespace routellm::training
