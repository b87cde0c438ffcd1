//===- ApproximateMath.cpp - polynomials instead of libm ------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// With n = round(x / unit), unit = 1 for 2^x and ln 2 for e^x, and r = x - n unit,
//
//     2^x = 2^n * 2^r,   |r| <= 1/2        e^x = 2^n * e^r,   |r| <= ln 2 / 2
//
// 2^r and e^r are polynomials of degree 6 (interpolated at Chebyshev nodes, relative
// error 2.5e-9), 2^n is written into the exponent bits. Upstream's expansion of exp2
// goes through exp, whose argument is then rounded: too coarse for scores.
//
//===----------------------------------------------------------------------===//

#include "FloatBuilder.h"
#include "fovea/Target/CPU/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace fovea {
#define GEN_PASS_DEF_CPUAPPROXIMATEMATHPASS
#include "fovea/Target/CPU/Passes.h.inc"
} // namespace fovea

using namespace mlir;
using namespace fovea;

static constexpr float kExp2[] = {1.0f,
                                  6.931472069e-01f,
                                  2.402265092e-01f,
                                  5.550326891e-02f,
                                  9.618056388e-03f,
                                  1.340056226e-03f,
                                  1.546156077e-04f};
static constexpr float kExp[] = {1.0f,
                                 1.000000038e+00f,
                                 5.000000047e-01f,
                                 1.666641451e-01f,
                                 4.166635164e-02f,
                                 8.375210201e-03f,
                                 1.394121309e-03f};
static constexpr float kTanh[] = {-3.33332819422e-01f, 1.33314422036e-01f,
                                  -5.37397155531e-02f, 2.06390887954e-02f,
                                  -5.70498872745e-03f};
static constexpr float kLog2E = 1.44269504e+00f;
static constexpr float kLn2High = 6.93359375e-01f; // few bits: n * high is exact
static constexpr float kLn2Low = -2.12194440e-04f;

namespace {
struct FloatMath : FloatBuilder {
  Value fma(Value x, Value y, Value z) { return math::FmaOp::create(b, x, y, z); }
  Value polynomial(ArrayRef<float> coefficients, Value x) {
    Value sum = constant(coefficients.back());
    for (float coefficient : llvm::reverse(coefficients.drop_back()))
      sum = fma(sum, x, constant(coefficient));
    return sum;
  }
  /// value * 2^n where log2 of the result is `exponent`. As 2 value * 2^(n-1), so that
  /// the factor is finite whenever the result is.
  Value scale(Value value, Value n) {
    Value exponent = arith::FPToSIOp::create(b, intType(), n);
    Value power = fromBits(shiftLeft(add(exponent, 126), 23));
    return arith::MulFOp::create(b, arith::AddFOp::create(b, value, value), power);
  }
};

/// math.exp2 or math.exp, on f32.
template <typename OpTy>
class ExponentialPattern final : public OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;
  static constexpr bool isExp2 = std::is_same_v<OpTy, math::Exp2Op>;

  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32())
      return rewriter.notifyMatchFailure(op, "not f32");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    FloatMath math{{b, op.getType()}};
    constexpr float unit = isExp2 ? 1.0f : 6.93147181e-01f;
    Value x = op.getOperand();
    Value low = math.constant(-125.5f * unit), high = math.constant(129.0f * unit);
    // NaN passes the comparison with `high`, is anything in between, and comes back.
    Value bounded = math.pick(arith::CmpFPredicate::OGT, x, high, high, x);
    Value n, rest;
    if constexpr (isExp2) {
      n = math::RoundEvenOp::create(b, bounded);
      rest = arith::SubFOp::create(b, bounded, n);
    } else {
      Value scaled = arith::MulFOp::create(b, bounded, math.constant(kLog2E));
      n = math::RoundEvenOp::create(b, scaled);
      rest = math.fma(n, math.constant(-kLn2High), bounded);
      rest = math.fma(n, math.constant(-kLn2Low), rest);
    }
    Value result = math.scale(math.polynomial(isExp2 ? kExp2 : kExp, rest), n);
    result = math.pick(arith::CmpFPredicate::OLT, x, low, math.constant(0.0f), result);
    result = math.pick(arith::CmpFPredicate::UNO, x, x, x, result);
    rewriter.replaceOp(op, result);
    return success();
  }
};

/// math.tanh as the Cephes library does it: a polynomial up to 0.625, and from there
/// 1 - 2 / (e^2x + 1), which keeps NaN. Upstream's clamps its argument first, and so
/// takes NaN for a number.
class TanhPattern final : public OpRewritePattern<math::TanhOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::TanhOp op,
                                PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32())
      return rewriter.notifyMatchFailure(op, "not f32");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    FloatMath math{{b, op.getType()}};
    Value x = op.getOperand();
    Value one = math.constant(1.0f), bound = math.constant(0.625f);
    Value sum = arith::AddFOp::create(
        b, math::ExpOp::create(b, arith::AddFOp::create(b, x, x)), one);
    Value quotient = arith::DivFOp::create(b, math.constant(2.0f), sum);
    Value large = arith::SubFOp::create(b, one, quotient);
    Value square = arith::MulFOp::create(b, x, x);
    Value cube = arith::MulFOp::create(b, square, x);
    Value small = math.fma(cube, math.polynomial(kTanh, square), x);
    rewriter.replaceOp(op, math.pick(arith::CmpFPredicate::OLT,
                                     math::AbsFOp::create(b, x), bound, small, large));
    return success();
  }
};

class CpuApproximateMathPass final
    : public fovea::impl::CpuApproximateMathPassBase<CpuApproximateMathPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ExponentialPattern<math::Exp2Op>, ExponentialPattern<math::ExpOp>,
                 TanhPattern>(&getContext());
    auto isOurs = [](StringRef name) {
      return name == math::ExpOp::getOperationName() ||
             name == math::Exp2Op::getOperationName() ||
             name == math::TanhOp::getOperationName();
    };
    auto isUpstreams = [](StringRef name) {
      return name == math::ErfOp::getOperationName() ||
             name == math::LogOp::getOperationName() ||
             name == math::Log2Op::getOperationName();
    };
    populateMathF32ExpansionPatterns(
        patterns, [&](StringRef name) { return isOurs(name) || isUpstreams(name); });
    populateMathPolynomialApproximationPatterns(patterns, isUpstreams);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
