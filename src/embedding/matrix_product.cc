#include "embedding/matrix_product.h"

#include <cblas.h>

namespace routellm::embedding {
namespace {

void Product(ConstBlock a, ConstBlock b, CBLAS_TRANSPOSE b_form, float keep, Block<float> out) {
  const auto as_int = [](std::size_t value) { return static_cast<blasint>(value); };
  cblas_sgemm(CblasRowMajor, CblasNoTrans, b_form, as_int(a.rows), as_int(out.columns),
              as_int(a.columns), 1.0F, a.data, as_int(a.stride), b.data, as_int(b.stride), keep,
              out.data, as_int(out.stride));
}

}  // namespace

void Multiply(ConstBlock a, ConstBlock b, Block<float> out) {
  Product(a, b, CblasNoTrans, 0.0F, out);
}

void MultiplyTransposed(ConstBlock a, ConstBlock b, Block<float> out) {
  Product(a, b, CblasTrans, 0.0F, out);
}

void AddTransposedProduct(ConstBlock a, ConstBlock b, Block<float> out) {
  Product(a, b, CblasTrans, 1.0F, out);
}

}  // namespace routellm::embedding
