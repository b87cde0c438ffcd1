//===- Activation.cpp - what becomes of a hidden layer --------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Activation.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace fovea;

/// `(1 + erf(x / sqrt 2)) / 2`.
static Value emitNormal(TileBuilder &b, Value x) {
  Value erf = math::ErfOp::create(b, b.mulf(x, b.constantLike(x, std::sqrt(0.5))));
  Value sum = b.addf(erf, b.constantLike(x, 1.0));
  return b.mulf(sum, b.constantLike(x, 0.5));
}

/// `1 / (1 + e^-x)`.
static Value emitSigmoid(TileBuilder &b, Value x) {
  Value e = math::ExpOp::create(b, arith::NegFOp::create(b, x));
  Value one = b.constantLike(x, 1.0);
  return arith::DivFOp::create(b, one, b.addf(one, e));
}

Value fovea::emitActivation(TileBuilder &b, Value x, attn::Activation activation) {
  Value one = b.constantLike(x, 1.0);
  switch (activation) {
  case attn::Activation::Relu:
    return arith::MaximumFOp::create(b, x, b.constantLike(x, 0.0));
  case attn::Activation::Gelu: {
    Value erf = math::ErfOp::create(b, b.mulf(x, b.constantLike(x, std::sqrt(0.5))));
    Value weight = b.addf(one, erf);
    return b.mulf(b.mulf(x, b.constantLike(x, 0.5)), weight);
  }
  case attn::Activation::Silu: {
    Value e = math::ExpOp::create(b, arith::NegFOp::create(b, x));
    return arith::DivFOp::create(b, x, b.addf(one, e));
  }
  }
  llvm_unreachable("every activation is covered");
}

Value fovea::emitSlope(TileBuilder &b, Value x, attn::Activation activation) {
  Value one = b.constantLike(x, 1.0), zero = b.constantLike(x, 0.0);
  switch (activation) {
  case attn::Activation::Relu: { // NaN stays
    Value isBelow = arith::CmpFOp::create(b, arith::CmpFPredicate::OLE, x, zero);
    Value isAbove = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, x, zero);
    return b.select(isAbove, one, b.select(isBelow, zero, x));
  }
  case attn::Activation::Gelu: {
    double factor = llvm::numbers::inv_sqrtpi * std::sqrt(0.5);
    Value half = b.mulf(x, b.constantLike(x, -0.5));
    Value density = math::ExpOp::create(b, b.mulf(x, half));
    Value scaled = b.mulf(x, b.constantLike(x, factor));
    Value term = b.mulf(scaled, density);
    return b.addf(emitNormal(b, x), term);
  }
  case attn::Activation::Silu: {
    Value gate = emitSigmoid(b, x);
    Value rest = b.mulf(x, b.subf(one, gate));
    return b.mulf(gate, b.addf(one, rest));
  }
  }
  llvm_unreachable("every activation is covered");
}
