// What the trainers compute with. Products and factorisations run on BLIS.
#pragma once

#include <Eigen/Dense>

#include "training/blas.h"

namespace routellm::training {

using Matrix = Eigen::MatrixXd;  // column-major
using Vector = Eigen::VectorXd;

[[nodiscard]] inline double Sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

// The solution of h x = g for a symmetric positive definite h.
[[nodiscard]] inline Vector Solve(const Matrix& h, const Vector& g) { return h.llt().solve(g); }

}  // namespace routellm::training
