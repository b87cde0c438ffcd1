//===- GradModelsTest.cpp - gradient operations, evaluated ----------------===//
//
// Backward functions written by hand, against differences of what they differentiate.
//
//===----------------------------------------------------------------------===//

#include "FunctionDifferences.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"

using namespace fovea;
using namespace fovea::reference;

namespace {

class GradModels : public testing::Test {
protected:
  GradModels() {
    mlir::DialectRegistry registry;
    reference::registerEvaluateModels(registry);
    context.appendDialectRegistry(registry);
    context.loadDialect<attn::AttnDialect, mlir::arith::ArithDialect,
                        mlir::func::FuncDialect, mlir::math::MathDialect>();
  }

  /// The functions @f and @b of `text`.
  void parse(llvm::StringRef text) {
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    ASSERT_TRUE(module);
    forward = module->lookupSymbol<mlir::func::FuncOp>("f");
    backward = module->lookupSymbol<mlir::func::FuncOp>("b");
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp forward, backward;
};

/// Sequences of 5, 0 and 7 tokens, and a token of none.
const Array sequenceEnds({4}, {0, 5, 5, 12});
constexpr int64_t numTokens = 13;

} // namespace

TEST_F(GradModels, of_attention_equal_differences) {
  parse(R"(
!q = tensor<?x4x3xf32>
!k = tensor<?x2x3xf32>
!v = tensor<?x2x2xf32>
!o = tensor<?x4x2xf32>
!s = tensor<?x4xf32>
!h = tensor<4xf32>
!i = tensor<?x2x2xi32>
!cu = tensor<?xi32>
func.func @f(%q: !q {attn.name = "q"}, %k: !k {attn.name = "k"}, %v: !v {attn.name = "v"},
    %z: !h {attn.name = "sinks"}, %bias: !h {attn.name = "bias"}, %i: !i {attn.name = "indices"},
    %cu: !cu {attn.name = "cu"}) -> (!o {attn.name = "o"}, !s {attn.name = "lse"}) {
  %o, %lse = attn.attend %q sees #attn.selected<block = 2> in %k, %v, %cu indices(%i : !i) scale 0.7
      sinks(%z : !h) scores(%s, %query, %key, %head, %b = %bias : !h) {
    %t = math.tanh %s : f32
    %y = arith.mulf %t, %b : f32
    attn.score %y
  } : !q, !k, !v, !cu -> !o, !s
  return %o, %lse : !o, !s
}
func.func @b(%q: !q {attn.name = "q"}, %k: !k {attn.name = "k"}, %v: !v {attn.name = "v"},
    %z: !h {attn.name = "sinks"}, %bias: !h {attn.name = "bias"}, %i: !i {attn.name = "indices"},
    %cu: !cu {attn.name = "cu"}, %o: !o {attn.name = "o"}, %lse: !s {attn.name = "lse"},
    %do: !o {attn.name = "grad_o"}, %dlse: !s {attn.name = "grad_lse"})
    -> (!q {attn.name = "grad_q"}, !k {attn.name = "grad_k"}, !v {attn.name = "grad_v"},
        !h {attn.name = "grad_sinks"}, !h {attn.name = "grad_bias"}) {
  %delta = attn.attend_delta %do, %o minus %dlse : !o, !o, !s -> !s
  %dq, %rows = attn.attend_grad_q %q sees #attn.selected<block = 2> in %k, %v, %cu of %do, %lse, %delta
      indices(%i : !i) scale 0.7 scores(%s, %query, %key, %head, %b = %bias : !h) {
    %t = math.tanh %s : f32
    %y = arith.mulf %t, %b : f32
    attn.score %y
  } : !q, !k, !v, !cu, !o, !s, !s -> !q, !s
  %bounds, %entries = attn.invert_lists %i over %cu block 2 : !i, !cu -> tensor<?x2x2xi32>, !i
  %dk, %dv = attn.attend_grad_kv %q sees #attn.selected<block = 2> in %k, %v, %cu of %do, %lse, %delta
      listed(%bounds, %entries : tensor<?x2x2xi32>, !i) scale 0.7 scores(%s, %query, %key, %head, %b = %bias : !h) {
    %t = math.tanh %s : f32
    %y = arith.mulf %t, %b : f32
    attn.score %y
  } : !q, !k, !v, !cu, !o, !s, !s -> !k, !v
  %dz = attn.attend_grad_sinks %z, %lse, %delta over %cu : !h, !s, !s, !cu -> !h
  %db = attn.sum_tokens %rows over %cu : !s, !cu -> !h
  return %dq, %dk, %dv, %dz, %db : !q, !k, !v, !h, !h
})");
  NamedArrays inputs;
  inputs["q"] = makeRandom({numTokens, 4, 3}, 1);
  inputs["k"] = makeRandom({numTokens, 2, 3}, 2);
  inputs["v"] = makeRandom({numTokens, 2, 2}, 3);
  inputs["sinks"] = makeRandom({4}, 4);
  inputs["bias"] = makeRandom({4}, 5);
  inputs["cu"] = sequenceEnds;
  Array indices({numTokens, 2, 2}, -1.0);
  for (int64_t t = 0; t < numTokens; ++t) {
    indices.at(t, 0, 1) = t % 3;
    indices.at(t, 1, 0) = 0;
    indices.at(t, 1, 1) = 1 + t % 2;
  }
  inputs["indices"] = indices;
  expectGradients(forward, backward, inputs);
}

TEST_F(GradModels, of_compressions_and_gates_equal_differences) {
  parse(R"(
!x = tensor<?x2x3xf32>
!w = tensor<2x4xf32>
!p = tensor<2x4x3xf32>
!g = tensor<?x2x3xf32>
!cu = tensor<?xi32>
func.func @f(%x: !x {attn.name = "x"}, %w: !w {attn.name = "w"}, %p: !p {attn.name = "p"},
    %g: !g {attn.name = "g"}, %cu: !cu {attn.name = "cu"}) -> (!x {attn.name = "o"}) {
  %c = attn.compress %x by #attn.phi<weighted> into #attn.compressed<block = 4, stride = 1> over %cu
      params(%w : !w) positions(%p : !p) : !x, !cu -> !x
  %o = attn.combine %c, %x gates %g columns [2, 0] logits : (!x, !x, !g) -> !x
  return %o : !x
}
func.func @b(%x: !x {attn.name = "x"}, %w: !w {attn.name = "w"}, %p: !p {attn.name = "p"},
    %g: !g {attn.name = "g"}, %cu: !cu {attn.name = "cu"}, %do: !x {attn.name = "grad_o"})
    -> (!x {attn.name = "grad_x"}, !w {attn.name = "grad_w"}, !p {attn.name = "grad_p"},
        !g {attn.name = "grad_g"}) {
  %c = attn.compress %x by #attn.phi<weighted> into #attn.compressed<block = 4, stride = 1> over %cu
      params(%w : !w) positions(%p : !p) : !x, !cu -> !x
  %dc = attn.combine %do gates %g columns [2] logits : (!x, !g) -> !x
  %a = attn.combine %do gates %g columns [0] logits : (!x, !g) -> !x
  %dg = attn.combine_grad_gates %do, %g of %c, %x columns [2, 0] logits : (!x, !g, !x, !x) -> !g
  %b = attn.compress_grad_input %dc of %x by #attn.phi<weighted>
      into #attn.compressed<block = 4, stride = 1> over %cu
      params(%w : !w) positions(%p : !p) : !x, !x, !cu -> !x
  %dw, %dp = attn.compress_grad_params %dc of %x by #attn.phi<weighted>
      into #attn.compressed<block = 4, stride = 1> over %cu
      params(%w : !w) positions(%p : !p) : !x, !x, !cu -> !w, !p
  %dx = attn.sum %a, %b of "tokens" : (!x, !x) -> !x
  return %dx, %dw, %dp, %dg : !x, !w, !p, !g
})");
  NamedArrays inputs;
  inputs["x"] = makeRandom({numTokens, 2, 3}, 1);
  inputs["w"] = makeRandom({2, 4}, 2);
  inputs["p"] = makeRandom({2, 4, 3}, 3);
  inputs["g"] = makeRandom({numTokens, 2, 3}, 4);
  inputs["cu"] = sequenceEnds;
  expectGradients(forward, backward, inputs);
}

TEST_F(GradModels, a_sum_over_tokens_takes_no_sample) {
  parse(R"(
func.func @f(%r: tensor<?x2xf32>, %cu: tensor<?xi32>) -> tensor<2xf32> {
  %s = attn.sum_tokens %r over %cu : tensor<?x2xf32>, tensor<?xi32> -> tensor<2xf32>
  return %s : tensor<2xf32>
})");
  EvaluateOptions options;
  options.tokens.resize(numTokens);
  EXPECT_EQ(
      getMessage(evaluate(forward, {Array({numTokens, 2}), sequenceEnds}, options)),
      "attn.sum_tokens: expected all tokens for a sum over them, got a sample");
}
