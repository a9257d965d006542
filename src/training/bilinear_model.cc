#include "training/bilinear_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/parallel.h"
#include "training/linear_algebra.h"

namespace routellm::training {
namespace {

using Floats = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using MatrixView = Eigen::Map<Floats>;
using ConstMatrixView = Eigen::Map<const Floats>;
using RowView = Eigen::Map<Eigen::RowVectorXf>;
using ConstRowView = Eigen::Map<const Eigen::RowVectorXf>;

// The work is cut into the same blocks whatever the number of threads, so that sums are, too.
constexpr std::size_t kRows = 128;
constexpr std::size_t kColumns = 128;

Eigen::Index AsIndex(std::size_t value) { return static_cast<Eigen::Index>(value); }

std::size_t Blocks(std::size_t size, std::size_t block) { return (size + block - 1) / block; }

MatrixView View(float* data, std::size_t rows, std::size_t columns) {
  return {data, AsIndex(rows), AsIndex(columns)};
}

ConstMatrixView View(const float* data, std::size_t rows, std::size_t columns) {
  return {data, AsIndex(rows), AsIndex(columns)};
}

// x and T x + b of the comparisons' queries.
void Project(const BilinearModel& model, const embedding::Matrix& vectors,
             std::span<const Comparison> comparisons, float* x, float* z) {
  const auto columns = AsIndex(model.columns);
  const ConstRowView centre(model.centre.data(), columns);
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    const ConstRowView e(vectors.Row(comparisons[i].query).data(), columns);
    RowView(x + i * model.columns, columns) = (e - centre) * model.scale;
  }
  auto out = View(z, comparisons.size(), model.factors);
  out.noalias() = View(std::as_const(x), comparisons.size(), model.columns) *
                  View(model.projection.data(), model.columns, model.factors);
  out.rowwise() += ConstRowView(model.bias.data(), AsIndex(model.factors));
}

void Differences(const BilinearModel& model, std::span<const Comparison> comparisons, float* v) {
  const auto factors = AsIndex(model.factors);
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    const ConstRowView a(model.vectors.data() + comparisons[i].model_a * model.factors, factors);
    const ConstRowView b(model.vectors.data() + comparisons[i].model_b * model.factors, factors);
    RowView(v + i * model.factors, factors) = a - b;
  }
}

double SampledTerm(const BilinearModel& model, const Comparison& comparison) {
  double sum = 0.0;
  if (comparison.sampled_for_a) sum += double{model.sampled[comparison.model_a]};
  if (comparison.sampled_for_b) sum -= double{model.sampled[comparison.model_b]};
  return sum;
}

// The loss's derivatives by the logit and by the deviation of its noise.
struct Slopes {
  double logit = 0.0;
  double deviation = 0.0;
};

Slopes ExpectedSlopes(double logit, double deviation, double a_wins) {
  constexpr double kNode = 1.7320508075688772;  // sqrt(3)
  const double below = Sigmoid(logit - kNode * deviation) - a_wins;
  const double middle = Sigmoid(logit) - a_wins;
  const double above = Sigmoid(logit + kNode * deviation) - a_wins;
  return {2.0 / 3.0 * middle + (below + above) / 6.0, kNode / 6.0 * (above - below)};
}

}  // namespace

std::vector<double> LogitsOf(const BilinearModel& model, const embedding::Matrix& vectors,
                             std::span<const Comparison> comparisons) {
  std::vector<double> logits(comparisons.size());
  ParallelFor(Blocks(comparisons.size(), kRows), [&](std::size_t block) {
    const std::size_t begin = block * kRows;
    const auto part = comparisons.subspan(begin, std::min(kRows, comparisons.size() - begin));
    std::vector<float> x(part.size() * model.columns);
    std::vector<float> z(part.size() * model.factors);
    std::vector<float> v(part.size() * model.factors);
    Project(model, vectors, part, x.data(), z.data());
    Differences(model, part, v.data());
    for (std::size_t i = 0; i < part.size(); ++i) {
      const ConstRowView z_row(z.data() + i * model.factors, AsIndex(model.factors));
      const ConstRowView v_row(v.data() + i * model.factors, AsIndex(model.factors));
      logits[begin + i] = double{v_row.dot(z_row)} + SampledTerm(model, part[i]);
    }
  });
  return logits;
}

BilinearTrainer::BilinearTrainer(BilinearModel model, const embedding::Matrix& vectors,
                                 double total_weight, const StepOptions& options)
    : model_(std::move(model)),
      vectors_(&vectors),
      total_weight_(total_weight),
      options_(options),
      gram_(model_.factors * model_.factors),
      noise_pull_(gram_.size()) {
  const auto start = [](Moments& moments, std::size_t size) {
    moments.mean.assign(size, 0.0F);
    moments.square.assign(size, 0.0F);
  };
  start(projection_moments_, model_.projection.size());
  start(bias_moments_, model_.bias.size());
  start(vector_moments_, model_.vectors.size());
  start(sampled_moments_, model_.sampled.size());
  scratch_.gram_sum.resize(Blocks(model_.columns, kColumns) * gram_.size());
  const auto projection =
      View(std::as_const(model_).projection.data(), model_.columns, model_.factors);
  View(gram_.data(), model_.factors, model_.factors).noalias() =
      projection.transpose() * projection;
}

void BilinearTrainer::Step(std::span<const Comparison> batch, double rate) {
  ++steps_;
  const std::size_t size = batch.size();
  const std::size_t row_blocks = Blocks(size, kRows);
  scratch_.x.resize(size * model_.columns);
  for (auto* rows : {&scratch_.z, &scratch_.v, &scratch_.pull, &scratch_.v_pull})
    rows->resize(size * model_.factors);
  scratch_.residual.resize(size);
  scratch_.noise_sum.resize(row_blocks * gram_.size());
  ParallelFor(row_blocks, [&](std::size_t block) { Forward(batch, block); });
  auto noise_pull = View(noise_pull_.data(), model_.factors, model_.factors);
  noise_pull.setZero();
  for (std::size_t block = 0; block < row_blocks; ++block) {
    noise_pull +=
        View(scratch_.noise_sum.data() + block * gram_.size(), model_.factors, model_.factors);
  }
  ParallelFor(Blocks(model_.columns, kColumns),
              [&](std::size_t block) { UpdateProjection(size, block, rate); });
  SumGram();
  UpdateSmallParts(batch, rate);
}

void BilinearTrainer::Forward(std::span<const Comparison> all, std::size_t block) {
  const std::size_t begin = block * kRows;
  const auto batch = all.subspan(begin, std::min(kRows, all.size() - begin));
  const std::size_t d = model_.factors;
  const std::size_t at = begin * d;
  Project(model_, *vectors_, batch, scratch_.x.data() + begin * model_.columns,
          scratch_.z.data() + at);
  Differences(model_, batch, scratch_.v.data() + at);
  const auto v = View(scratch_.v.data() + at, batch.size(), d);
  const auto z = View(scratch_.z.data() + at, batch.size(), d);
  const Floats gram_v = v * View(gram_.data(), d, d);
  auto pull = View(scratch_.pull.data() + at, batch.size(), d);
  auto v_pull = View(scratch_.v_pull.data() + at, batch.size(), d);
  Floats noisy(batch.size(), d);
  for (std::size_t row = 0; row < batch.size(); ++row) {
    const Eigen::Index i = AsIndex(row);
    const Comparison& comparison = batch[row];
    const double logit = double{v.row(i).dot(z.row(i))} + SampledTerm(model_, comparison);
    const double length = std::sqrt(std::max(0.0, double{v.row(i).dot(gram_v.row(i))}));
    const Slopes slopes = ExpectedSlopes(logit, options_.noise * length, double{comparison.a_wins});
    const double share = double{comparison.weight} / static_cast<double>(all.size());
    const auto by_logit = static_cast<float>(share * slopes.logit);
    const auto by_length =
        static_cast<float>(length > 0.0 ? share * slopes.deviation * options_.noise / length : 0.0);
    scratch_.residual[begin + row] = by_logit;
    pull.row(i) = by_logit * v.row(i);
    v_pull.row(i) = by_logit * z.row(i) + by_length * gram_v.row(i);
    noisy.row(i) = by_length * v.row(i);
  }
  View(scratch_.noise_sum.data() + block * d * d, d, d).noalias() = noisy.transpose() * v;
}

void BilinearTrainer::UpdateProjection(std::size_t batch, std::size_t block, double rate) {
  const std::size_t begin = block * kColumns;
  const std::size_t size = std::min(kColumns, model_.columns - begin);
  const std::size_t d = model_.factors;
  const auto x = View(std::as_const(scratch_).x.data(), batch, model_.columns);
  auto part = View(model_.projection.data() + begin * d, size, d);
  Floats gradient = x.middleCols(AsIndex(begin), AsIndex(size)).transpose() *
                    View(std::as_const(scratch_).pull.data(), batch, d);
  gradient.noalias() += part * View(noise_pull_.data(), d, d);
  Adam({part.data(), size * d}, {gradient.data(), size * d}, projection_moments_, begin * d, rate);
  View(scratch_.gram_sum.data() + block * d * d, d, d).noalias() = part.transpose() * part;
}

void BilinearTrainer::SumGram() {
  auto gram = View(gram_.data(), model_.factors, model_.factors);
  gram.setZero();
  for (std::size_t block = 0; block < Blocks(model_.columns, kColumns); ++block) {
    gram += View(scratch_.gram_sum.data() + block * gram_.size(), model_.factors, model_.factors);
  }
}

void BilinearTrainer::UpdateSmallParts(std::span<const Comparison> batch, double rate) {
  const auto d = AsIndex(model_.factors);
  const auto prior = static_cast<float>(options_.prior / total_weight_);
  std::vector<float> vectors(model_.vectors);
  std::vector<float> sampled(model_.sampled);
  for (float& value : vectors) value *= prior;
  for (float& value : sampled) value *= prior;
  Eigen::RowVectorXf bias = Eigen::RowVectorXf::Zero(d);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const ConstRowView v_pull(scratch_.v_pull.data() + i * model_.factors, d);
    RowView(vectors.data() + batch[i].model_a * model_.factors, d) += v_pull;
    RowView(vectors.data() + batch[i].model_b * model_.factors, d) -= v_pull;
    if (batch[i].sampled_for_a) sampled[batch[i].model_a] += scratch_.residual[i];
    if (batch[i].sampled_for_b) sampled[batch[i].model_b] -= scratch_.residual[i];
    bias += ConstRowView(scratch_.pull.data() + i * model_.factors, d);
  }
  Adam(model_.vectors, vectors, vector_moments_, 0, rate);
  Adam(model_.sampled, sampled, sampled_moments_, 0, rate);
  if (options_.train_bias) Adam(model_.bias, {bias.data(), model_.factors}, bias_moments_, 0, rate);
}

void BilinearTrainer::Adam(std::span<float> values, std::span<const float> gradient,
                           Moments& moments, std::size_t offset, double rate) const {
  constexpr double kMeanDecay = 0.9;
  constexpr double kSquareDecay = 0.999;
  constexpr float kTiny = 1e-8F;
  const auto size = AsIndex(values.size());
  Eigen::Map<Eigen::ArrayXf> value(values.data(), size);
  const Eigen::Map<const Eigen::ArrayXf> g(gradient.data(), size);
  Eigen::Map<Eigen::ArrayXf> mean(moments.mean.data() + offset, size);
  Eigen::Map<Eigen::ArrayXf> square(moments.square.data() + offset, size);
  mean = static_cast<float>(kMeanDecay) * mean + static_cast<float>(1.0 - kMeanDecay) * g;
  square = static_cast<float>(kSquareDecay) * square +
           static_cast<float>(1.0 - kSquareDecay) * g.square();
  const auto step = static_cast<float>(rate / (1.0 - std::pow(kMeanDecay, steps_)));
  const auto unbias = static_cast<float>(1.0 / (1.0 - std::pow(kSquareDecay, steps_)));
  value -= step * mean / ((square * unbias).sqrt() + kTiny);
}

}  // namespace routellm::training
