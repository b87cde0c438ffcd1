//===- CompressGrad.cpp - Gradients of the compression --------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "fovea/Reference/CompressGrad.h"

#include "Window.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace fovea::reference;
using llvm::ArrayRef;
using llvm::Error;
using llvm::MutableArrayRef;

double fovea::reference::differentiate(Activation activation, double x) {
  switch (activation) {
  case Activation::Relu:
    return x > 0 ? 1 : x <= 0 ? 0 : x; // NaN stays
  case Activation::Gelu: {
    double density = std::exp(-x * x / 2) * llvm::numbers::inv_sqrtpi / std::sqrt(2.0);
    return 0.5 * (1 + std::erf(x / std::sqrt(2.0))) + x * density;
  }
  case Activation::Silu: {
    double gate = 1 / (1 + std::exp(-x));
    return gate + x * gate * (1 - gate);
  }
  }
  llvm_unreachable("unknown activation");
}

/// output += matrix x for a row-major matrix [output.size(), x.size()].
static void addProduct(ArrayRef<double> matrix, ArrayRef<double> x,
                       MutableArrayRef<double> output) {
  for (size_t i = 0; i < output.size(); ++i)
    output[i] += dot(matrix.slice(i * x.size(), x.size()), x);
}

/// matrix += x y^T for a row-major matrix [x.size(), y.size()].
static void addOuter(ArrayRef<double> x, ArrayRef<double> y,
                     MutableArrayRef<double> matrix) {
  for (size_t i = 0; i < x.size(); ++i)
    addScaled(x[i], y, matrix.slice(i * y.size(), y.size()));
}

namespace {
/// One window of one head: its rows y [l, D], the gradient of its compressed row, and
/// where the gradients of the weights are summed.
struct WindowGrad {
  ArrayRef<const Array *> weights;
  const WindowSettings &settings;
  int64_t head;
  const Array &rows;
  ArrayRef<double> outputGrad;
  std::vector<Array> &weightGrads;
  ArrayRef<double> active, hiddenGrad; ///< of the hidden layer, where there is one

  /// Adds to the weights' gradients, and returns that of the rows.
  Array propagate();

private:
  Array propagateWeighted();
  Array propagateGated();
  Array propagateLinear();
  Array propagateMlp();
};
} // namespace

Array WindowGrad::propagateWeighted() {
  Array result(rows.shape);
  for (int64_t r = 0; r < rows.dim(0); ++r) {
    addScaled(weights[0]->at(head, r), outputGrad, result.slice(r));
    weightGrads[0].at(head, r) += dot(rows.slice(r), outputGrad);
  }
  return result;
}

Array WindowGrad::propagateGated() {
  ArrayRef<double> u = weights[0]->slice(head);
  Array result(rows.shape);
  for (int64_t r = 0; r < rows.dim(0); ++r) {
    addScaled(active[r], outputGrad, result.slice(r));
    addScaled(hiddenGrad[r], u, result.slice(r));
    addScaled(hiddenGrad[r], rows.slice(r), weightGrads[0].slice(head));
    weightGrads[1].at(head, r) += hiddenGrad[r];
  }
  return result;
}

Array WindowGrad::propagateLinear() {
  Array result(rows.shape);
  for (int64_t r = 0; r < rows.dim(0); ++r) {
    addProduct(weights[0]->slice(head, r), outputGrad, result.slice(r));
    addOuter(rows.slice(r), outputGrad, weightGrads[0].slice(head, r));
  }
  return result;
}

Array WindowGrad::propagateMlp() {
  Array result(rows.shape);
  addProduct(weights[0]->slice(head), hiddenGrad, result.data);
  addOuter(rows.data, hiddenGrad, weightGrads[0].slice(head));
  addScaled(1, hiddenGrad, weightGrads[1].slice(head));
  addOuter(active, outputGrad, weightGrads[2].slice(head));
  addScaled(1, outputGrad, weightGrads[3].slice(head));
  return result;
}

Array WindowGrad::propagate() {
  switch (settings.options.phi) {
  case Phi::Mean: {
    Array result(rows.shape);
    for (int64_t r = 0; r < rows.dim(0); ++r)
      addScaled(1.0 / rows.dim(0), outputGrad, result.slice(r));
    return result;
  }
  case Phi::Weighted:
    return propagateWeighted();
  case Phi::Gated:
    return propagateGated();
  case Phi::Linear:
    return propagateLinear();
  case Phi::Mlp:
    return propagateMlp();
  }
  llvm_unreachable("unknown phi");
}

static Error checkCompressGrad(const Array &outputGrad,
                               const CompressOperands &operands,
                               const CompressOptions &options,
                               const Sequences &sequences) {
  if (Error error = checkCompress(operands, options, sequences))
    return error;
  const Array &tokens = operands.tokens;
  return checkShape("gradient of the output", outputGrad.shape,
                    {tokens.dim(0) / options.stride, tokens.dim(1), tokens.dim(2)});
}

namespace {
/// The hidden layer of one window of one head, and its gradient, to be filled.
struct HiddenWindow {
  ArrayRef<const Array *> weights;
  const WindowSettings &settings;
  int64_t head;
  const Array &rows;
  ArrayRef<double> outputGrad;
  MutableArrayRef<double> active, grad;

  void fillGates();
  void fillLayer();
};
} // namespace

void HiddenWindow::fillGates() {
  llvm::copy(getWindowGates(rows, weights[0]->slice(head), weights[1]->slice(head),
                            settings.computeOptions),
             active.begin());
  double mean = 0;
  for (size_t r = 0; r < active.size(); ++r) {
    grad[r] = dot(rows.slice(r), outputGrad);
    mean += active[r] * grad[r];
  }
  for (size_t r = 0; r < active.size(); ++r)
    grad[r] = active[r] * (grad[r] - mean);
}

void HiddenWindow::fillLayer() {
  Activation activation = settings.options.activation;
  ArrayRef<double> b1 = weights[1]->slice(head);
  std::vector<double> hidden(b1.begin(), b1.end());
  addTransposed(weights[0]->slice(head), rows.data, hidden);
  addProduct(weights[2]->slice(head), outputGrad, grad);
  for (size_t i = 0; i < hidden.size(); ++i) {
    double x = settings.computeOptions.round(hidden[i]);
    active[i] = activate(activation, x);
    grad[i] *= differentiate(activation, x);
  }
}

llvm::Expected<HiddenGrad> fovea::reference::compressGradHidden(
    const Array &outputGrad, const CompressOperands &operands,
    const CompressOptions &options, const Sequences &sequences,
    const ComputeOptions &computeOptions) {
  if (Error error = checkCompressGrad(outputGrad, operands, options, sequences))
    return error;
  bool isGated = options.phi == Phi::Gated;
  if (options.phi != Phi::Mlp && !isGated)
    return llvm::createStringError(
        "expected a gated phi or an mlp, which alone have a hidden layer");
  int64_t heads = operands.tokens.dim(1);
  Shape shape{outputGrad.dim(0), heads, operands.weights[1]->dim(1)};
  HiddenGrad result{Array(shape), Array(shape)};
  WindowSettings settings{options, computeOptions};
  visitWindows(options, sequences, [&](int64_t firstToken, int64_t row) {
    for (int64_t g = 0; g < heads; ++g) {
      Array rows = getWindow(operands, settings, firstToken, g);
      HiddenWindow window{operands.weights,
                          settings,
                          g,
                          rows,
                          outputGrad.slice(row, g),
                          result.active.slice(row, g),
                          result.grad.slice(row, g)};
      isGated ? window.fillGates() : window.fillLayer();
    }
  });
  return result;
}

llvm::Expected<CompressGradResult> fovea::reference::compressGrad(
    const Array &outputGrad, const CompressOperands &operands,
    const CompressOptions &options, const Sequences &sequences,
    const ComputeOptions &computeOptions, const HiddenGrad *hidden) {
  if (Error error = checkCompressGrad(outputGrad, operands, options, sequences))
    return error;
  HiddenGrad own;
  if ((options.phi == Phi::Mlp || options.phi == Phi::Gated) && !hidden) {
    llvm::Expected<HiddenGrad> computed =
        compressGradHidden(outputGrad, operands, options, sequences, computeOptions);
    if (!computed)
      return computed.takeError();
    own = std::move(*computed);
    hidden = &own;
  }
  const Array &tokens = operands.tokens;
  int64_t heads = tokens.dim(1), dim = tokens.dim(2);
  CompressGradResult result{
      Array(tokens.shape), {}, Array({heads, options.block, dim})};
  for (const Array *weight : operands.weights)
    result.weights.push_back(Array(weight->shape));
  WindowSettings settings{options, computeOptions};
  visitWindows(options, sequences, [&](int64_t firstToken, int64_t row) {
    for (int64_t g = 0; g < heads; ++g) {
      Array rows = getWindow(operands, settings, firstToken, g);
      WindowGrad window{operands.weights,         settings,       g,  rows,
                        outputGrad.slice(row, g), result.weights, {}, {}};
      if (hidden) {
        window.active = hidden->active.slice(row, g);
        window.hiddenGrad = hidden->grad.slice(row, g);
      }
      Array rowGrads = window.propagate();
      for (int64_t r = 0; r < options.block; ++r) {
        addScaled(1, rowGrads.slice(r), result.tokens.slice(firstToken + r, g));
        addScaled(1, rowGrads.slice(r), result.positions.slice(g, r));
      }
    }
  });
  return result;
}
