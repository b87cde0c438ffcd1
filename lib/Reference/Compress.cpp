//===- Compress.cpp - One key for each window of tokens -------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Window.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/ErrorHandling.h"
#include <cmath>
#include <limits>

using namespace fovea::reference;
using llvm::ArrayRef;
using llvm::Error;
using llvm::MutableArrayRef;
using llvm::Twine;

/// The shapes of phi's weights, in order; the width m of an mlp is that of its
/// first weight.
static std::vector<Shape> getWeightShapes(const CompressOperands &operands,
                                          const CompressOptions &options) {
  int64_t heads = operands.tokens.dim(1), dim = operands.tokens.dim(2);
  int64_t block = options.block;
  switch (options.phi) {
  case Phi::Mean:
    return {};
  case Phi::Weighted:
    return {{heads, block}};
  case Phi::Gated:
    return {{heads, dim}, {heads, block}};
  case Phi::Linear:
    return {{heads, block, dim, dim}};
  case Phi::Mlp: {
    bool hasWidth = !operands.weights.empty() && operands.weights[0]->rank();
    int64_t width = hasWidth ? operands.weights[0]->shape.back() : 0;
    return {
        {heads, block * dim, width}, {heads, width}, {heads, width, dim}, {heads, dim}};
  }
  }
  llvm_unreachable("unknown phi");
}

Error fovea::reference::checkCompress(const CompressOperands &operands,
                                      const CompressOptions &options,
                                      const Sequences &sequences) {
  if (options.stride <= 0 || options.block <= 0 || options.block % options.stride != 0)
    return llvm::createStringError(
        "expected stride to divide block, got stride = " + Twine(options.stride) +
        " and block = " + Twine(options.block));
  if (Error error = checkRank("tokens", operands.tokens.shape, 3))
    return error;
  if (Error error = sequences.verify(operands.tokens.dim(0)))
    return error;

  std::vector<Shape> shapes = getWeightShapes(operands, options);
  if (operands.weights.size() != shapes.size())
    return llvm::createStringError("expected " + Twine(shapes.size()) +
                                   " weights of phi, got " +
                                   Twine(operands.weights.size()));
  for (auto [i, weight] : llvm::enumerate(operands.weights))
    if (Error error = checkShape(("weight " + Twine(i) + " of phi").str(),
                                 weight->shape, shapes[i]))
      return error;
  if (!operands.positions)
    return Error::success();
  return checkShape("positions", operands.positions->shape,
                    {operands.tokens.dim(1), options.block, operands.tokens.dim(2)});
}

void fovea::reference::addTransposed(ArrayRef<double> matrix, ArrayRef<double> x,
                                     MutableArrayRef<double> output) {
  for (size_t i = 0; i < x.size(); ++i)
    addScaled(x[i], matrix.slice(i * output.size(), output.size()), output);
}

std::vector<double>
fovea::reference::getWindowGates(const Array &rows, ArrayRef<double> u,
                                 ArrayRef<double> c,
                                 const ComputeOptions &computeOptions) {
  std::vector<double> gates;
  double maximum = -std::numeric_limits<double>::infinity();
  for (int64_t r = 0; r < rows.dim(0); ++r) {
    double logit = c[r];
    for (size_t d = 0; d < u.size(); ++d)
      logit += u[d] * rows.at(r, d);
    gates.push_back(computeOptions.round(logit));
    maximum = std::max(maximum, gates.back());
  }
  bool hasNone = maximum == -std::numeric_limits<double>::infinity();
  double sum = 0;
  for (double &gate : gates)
    sum += gate = std::exp(gate - (hasNone ? 0 : maximum));
  for (double &gate : gates)
    gate = computeOptions.round(sum == 0 ? 0 : gate / sum);
  return gates;
}

double fovea::reference::activate(Activation activation, double x) {
  switch (activation) {
  case Activation::Relu:
    // Not a maximum, which would drop a NaN.
    return x < 0 ? 0 : x;
  case Activation::Gelu:
    return x * 0.5 * (1 + std::erf(x / std::sqrt(2.0)));
  case Activation::Silu:
    return x / (1 + std::exp(-x));
  }
  llvm_unreachable("unknown activation");
}

static void applyMlp(ArrayRef<const Array *> weights, const WindowSettings &settings,
                     int64_t head, const Array &rows, MutableArrayRef<double> output) {
  const auto &[options, computeOptions] = settings;
  ArrayRef<double> b1 = weights[1]->slice(head), b2 = weights[3]->slice(head);
  std::vector<double> hidden(b1.begin(), b1.end());
  addTransposed(weights[0]->slice(head), rows.data, hidden);
  for (double &x : hidden)
    x = computeOptions.round(activate(options.activation, computeOptions.round(x)));
  addScaled(1, b2, output);
  addTransposed(weights[2]->slice(head), hidden, output);
}

/// Adds phi of `rows`, y [l, D], of one KV head to `output`, which is 0.
static void applyPhi(ArrayRef<const Array *> weights, const WindowSettings &settings,
                     int64_t head, const Array &rows, MutableArrayRef<double> output) {
  const auto &[options, computeOptions] = settings;
  int64_t block = options.block;
  switch (options.phi) {
  case Phi::Mean:
    for (int64_t r = 0; r < block; ++r)
      addScaled(1.0 / block, rows.slice(r), output);
    return;
  case Phi::Weighted:
    for (int64_t r = 0; r < block; ++r)
      addScaled(weights[0]->at(head, r), rows.slice(r), output);
    return;
  case Phi::Gated: {
    std::vector<double> gates = getWindowGates(rows, weights[0]->slice(head),
                                               weights[1]->slice(head), computeOptions);
    for (int64_t r = 0; r < block; ++r)
      addScaled(gates[r], rows.slice(r), output);
    return;
  }
  case Phi::Linear:
    for (int64_t r = 0; r < block; ++r)
      addTransposed(weights[0]->slice(head, r), rows.slice(r), output);
    return;
  case Phi::Mlp:
    return applyMlp(weights, settings, head, rows, output);
  }
  llvm_unreachable("unknown phi");
}

Array fovea::reference::getWindow(const CompressOperands &operands,
                                  const WindowSettings &settings, int64_t firstToken,
                                  int64_t head) {
  int64_t block = settings.options.block;
  Array rows({block, operands.tokens.dim(2)});
  for (int64_t r = 0; r < block; ++r) {
    addScaled(1, operands.tokens.slice(firstToken + r, head), rows.slice(r));
    if (operands.positions)
      addScaled(1, operands.positions->slice(head, r), rows.slice(r));
  }
  for (double &y : rows.data)
    y = settings.computeOptions.round(y);
  return rows;
}

void fovea::reference::visitWindows(const CompressOptions &options,
                                    const Sequences &sequences,
                                    llvm::function_ref<void(int64_t, int64_t)> visit) {
  for (int64_t b = 0; b < sequences.size(); ++b) {
    int64_t firstRow = sequences.beginWindow(b, options.stride);
    int64_t count = numWindows(sequences.length(b), options.block, options.stride);
    for (int64_t i = 0; i < count; ++i)
      visit(sequences.begin(b) + i * options.stride, firstRow + i);
  }
}

llvm::Expected<Array> fovea::reference::compress(const CompressOperands &operands,
                                                 const CompressOptions &options,
                                                 const Sequences &sequences,
                                                 const ComputeOptions &computeOptions) {
  if (Error error = checkCompress(operands, options, sequences))
    return error;
  WindowSettings settings{options, computeOptions};
  const Array &tokens = operands.tokens;
  Array output({tokens.dim(0) / options.stride, tokens.dim(1), tokens.dim(2)});
  visitWindows(options, sequences, [&](int64_t firstToken, int64_t row) {
    for (int64_t g = 0; g < tokens.dim(1); ++g)
      applyPhi(operands.weights, settings, g,
               getWindow(operands, settings, firstToken, g), output.slice(row, g));
  });
  return output;
}
