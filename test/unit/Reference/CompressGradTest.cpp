//===- CompressGradTest.cpp -----------------------------------------------===//
//
// Gradients of every phi against differences of compress(), and against the imaginary
// part of phi written once more, over complex numbers: phi(x + ih) is phi(x) + ih
// phi'(x) to the last bit for an h of 1e-100.
//
//===----------------------------------------------------------------------===//

#include "fovea/Reference/CompressGrad.h"

#include "Differences.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <complex>

using namespace fovea::reference;

namespace {

constexpr double imaginaryStep = 1e-100;

struct Compression {
  std::string name;
  CompressOptions options;
  Sequences sequences;
  Array tokens, positions, outputGrad;
  std::vector<Array> weights;
  bool hasPositions;

  CompressOperands operands() const {
    CompressOperands result{tokens, {}, hasPositions ? &positions : nullptr};
    for (const Array &weight : weights)
      result.weights.push_back(&weight);
    return result;
  }
  double loss() const {
    return weigh(llvm::cantFail(compress(operands(), options, sequences)), outputGrad);
  }
  CompressGradResult gradients() const {
    return llvm::cantFail(compressGrad(outputGrad, operands(), options, sequences));
  }
  /// Everything that has a gradient, with its name.
  std::vector<std::pair<std::string, Array *>> inputs() {
    std::vector<std::pair<std::string, Array *>> result{{"tokens", &tokens}};
    for (auto [i, weight] : llvm::enumerate(weights))
      result.push_back({"weight " + std::to_string(i), &weight});
    if (hasPositions)
      result.push_back({"positions", &positions});
    return result;
  }
};

std::vector<const Array *> inOrder(const CompressGradResult &result,
                                   bool hasPositions) {
  std::vector<const Array *> arrays{&result.tokens};
  for (const Array &weight : result.weights)
    arrays.push_back(&weight);
  if (hasPositions)
    arrays.push_back(&result.positions);
  return arrays;
}

Compression draw(unsigned seed) {
  std::mt19937 random(seed);
  auto below = [&](int64_t limit) { return int64_t(random() % limit); };
  static const char *const names[] = {"mean",     "weighted", "gated",   "linear",
                                      "mlp relu", "mlp gelu", "mlp silu"};
  int64_t kind = seed % std::size(names);
  Compression drawn;
  drawn.name = names[kind] + (" (seed " + std::to_string(seed)) + ")";
  int64_t stride = 1 + below(3), block = stride * (1 + below(3));
  drawn.options = {block, stride, Phi(std::min<int64_t>(kind, 4)),
                   Activation(std::max<int64_t>(kind - 4, 0))};
  drawn.sequences = {{0}};
  for (int64_t i = 1 + below(3); i > 0; --i)
    drawn.sequences.offsets.push_back(drawn.sequences.offsets.back() + below(12));
  int64_t tokens = drawn.sequences.offsets.back() + below(3), heads = 1 + below(2),
          dim = 1 + below(3), width = 1 + below(4);
  drawn.tokens = makeRandom({tokens, heads, dim}, random());
  drawn.positions = makeRandom({heads, block, dim}, random());
  drawn.hasPositions = below(2);
  drawn.outputGrad = makeRandom({tokens / stride, heads, dim}, random());
  std::vector<Shape> shapes;
  if (drawn.options.phi == Phi::Weighted)
    shapes = {{heads, block}};
  if (drawn.options.phi == Phi::Gated)
    shapes = {{heads, dim}, {heads, block}};
  if (drawn.options.phi == Phi::Linear)
    shapes = {{heads, block, dim, dim}};
  if (drawn.options.phi == Phi::Mlp)
    shapes = {
        {heads, block * dim, width}, {heads, width}, {heads, width, dim}, {heads, dim}};
  for (const Shape &shape : shapes)
    drawn.weights.push_back(makeRandom(shape, random()));
  return drawn;
}

using Complex = std::complex<double>;
using ComplexArray = BasicArray<Complex>;

ComplexArray toComplex(const Array &array) {
  return ComplexArray(array.shape,
                      std::vector<Complex>(array.data.begin(), array.data.end()));
}

Complex activateComplex(Activation activation, Complex x) {
  double at = x.real();
  switch (activation) {
  case Activation::Relu:
    return at > 0 ? x : 0;
  case Activation::Gelu: {
    // erf of a number whose imaginary part is nothing but a slope.
    Complex erf(std::erf(at / std::sqrt(2.0)), x.imag() / std::sqrt(2.0) * 2 *
                                                   llvm::numbers::inv_sqrtpi *
                                                   std::exp(-at * at / 2));
    return 0.5 * x * (1.0 + erf);
  }
  case Activation::Silu:
    return x / (1.0 + std::exp(-x));
  }
  llvm_unreachable("unknown activation");
}

/// Component `d` of phi of the rows y.
Complex applyPhi(const CompressOptions &options, llvm::ArrayRef<ComplexArray> weights,
                 int64_t g, const ComplexArray &y, int64_t d) {
  int64_t block = y.dim(0), dim = y.dim(1);
  Complex sum = 0;
  switch (options.phi) {
  case Phi::Mean:
    for (int64_t r = 0; r < block; ++r)
      sum += y.at(r, d) / double(block);
    return sum;
  case Phi::Weighted:
    for (int64_t r = 0; r < block; ++r)
      sum += weights[0].at(g, r) * y.at(r, d);
    return sum;
  case Phi::Gated: {
    Complex norm = 0;
    for (int64_t r = 0; r < block; ++r) {
      Complex logit = weights[1].at(g, r);
      for (int64_t e = 0; e < dim; ++e)
        logit += weights[0].at(g, e) * y.at(r, e);
      norm += std::exp(logit);
      sum += std::exp(logit) * y.at(r, d);
    }
    return sum / norm;
  }
  case Phi::Linear:
    for (int64_t r = 0; r < block; ++r)
      for (int64_t e = 0; e < dim; ++e)
        sum += weights[0].at(g, r, e, d) * y.at(r, e);
    return sum;
  case Phi::Mlp:
    sum = weights[3].at(g, d);
    for (int64_t m = 0; m < weights[1].dim(1); ++m) {
      Complex hidden = weights[1].at(g, m);
      for (int64_t r = 0; r < block; ++r)
        for (int64_t e = 0; e < dim; ++e)
          hidden += weights[0].at(g, r * dim + e, m) * y.at(r, e);
      sum += weights[2].at(g, m, d) * activateComplex(options.activation, hidden);
    }
    return sum;
  }
  llvm_unreachable("unknown phi");
}

/// The loss of a compression with one of its inputs moved: `inputs` are the tokens, the
/// weights, and the positions, where there are any.
Complex computeLoss(const Compression &compression,
                    llvm::ArrayRef<ComplexArray> inputs) {
  const CompressOptions &options = compression.options;
  Complex loss = 0;
  for (int64_t b = 0; b < compression.sequences.size(); ++b)
    for (int64_t i = 0;
         i * options.stride + options.block <= compression.sequences.length(b); ++i)
      for (int64_t g = 0; g < compression.tokens.dim(1); ++g) {
        int64_t dim = compression.tokens.dim(2);
        ComplexArray y({options.block, dim});
        for (int64_t r = 0; r < options.block; ++r)
          for (int64_t d = 0; d < dim; ++d)
            y.at(r, d) =
                inputs[0].at(compression.sequences.begin(b) + i * options.stride + r, g,
                             d) +
                (compression.hasPositions ? inputs.back().at(g, r, d) : 0);
        for (int64_t d = 0; d < dim; ++d)
          loss += applyPhi(options, inputs.drop_front(), g, y, d) *
                  compression.outputGrad.at(
                      compression.sequences.begin(b) / options.stride + i, g, d);
      }
  return loss;
}

} // namespace

TEST(CompressGrad, equals_differences) {
  for (unsigned seed = 0; seed < 70; ++seed) {
    Compression compression = draw(seed);
    // A relu has a corner, where differences mean nothing; the other test has it.
    if (compression.options.phi == Phi::Mlp &&
        compression.options.activation == Activation::Relu)
      continue;
    CompressGradResult gradients = compression.gradients();
    std::vector<const Array *> actual = inOrder(gradients, compression.hasPositions);
    for (auto [input, gradient] : llvm::zip_equal(compression.inputs(), actual))
      expectClose(
          *gradient,
          differentiateByDifferences(*input.second, [&] { return compression.loss(); }),
          compression.name + ", " + input.first);
  }
}

TEST(CompressGrad, equals_the_imaginary_part_of_phi) {
  for (unsigned seed = 0; seed < 210; ++seed) {
    Compression compression = draw(seed);
    CompressGradResult gradients = compression.gradients();
    std::vector<const Array *> actual = inOrder(gradients, compression.hasPositions);
    std::vector<ComplexArray> moved;
    for (auto [name, input] : compression.inputs())
      moved.push_back(toComplex(*input));
    for (size_t n = 0; n < moved.size(); ++n) {
      Array expected(moved[n].shape);
      for (size_t i = 0; i < expected.data.size(); ++i) {
        moved[n].data[i] += Complex(0, imaginaryStep);
        expected.data[i] = computeLoss(compression, moved).imag() / imaginaryStep;
        moved[n].data[i] = moved[n].data[i].real();
      }
      expectClose(*actual[n], expected,
                  compression.name + ", input " + std::to_string(n), 1e-12);
    }
  }
}

TEST(CompressGrad, tokens_in_no_window_get_nothing) {
  // Windows of 4 by 2 of 5 and 3 tokens: {0..3}; row 1 is nobody's.
  Compression compression;
  compression.options = {4, 2};
  compression.sequences = {{0, 5, 8}};
  compression.tokens = Array({8, 1, 1}, 1.0);
  compression.outputGrad = Array({4, 1, 1}, {8, quietNaN, quietNaN, quietNaN});
  compression.hasPositions = false;
  expectNear(compression.gradients().tokens.data, {2, 2, 2, 2, 0, 0, 0, 0});
}

TEST(CompressGrad, a_relu_is_flat_at_its_corner) {
  EXPECT_EQ(differentiate(Activation::Relu, 0), 0);
  EXPECT_EQ(differentiate(Activation::Relu, 1e-300), 1);
  EXPECT_TRUE(std::isnan(differentiate(Activation::Relu, quietNaN)));
}

TEST(CompressGrad, errors_name_the_operand) {
  Array tokens({8, 1, 2}), grad({3, 1, 2});
  EXPECT_EQ(getMessage(compressGrad(grad, {tokens}, {4, 2}, Sequences{{0, 8}})),
            "expected gradient of the output of shape [4, 1, 2], got [3, 1, 2]");
}
