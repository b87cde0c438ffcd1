//===- DifferentiateTest.cpp - backward functions, evaluated --------------===//
//
// What attn-differentiate makes of whole specs and of functions written by hand,
// against differences of the forward function: over real numbers, with the choice of
// blocks held.
//
//===----------------------------------------------------------------------===//

#include "../../Reference/FunctionDifferences.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/Transforms/Gradient.h"
#include "fovea/Dialect/Attn/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

using namespace fovea;
using namespace fovea::reference;

namespace {

/// Sequences of 19, 0, 2 and 12 tokens: of several blocks, of none, of no window; and
/// two tokens of no sequence.
const Array sequenceEnds({5}, {0, 19, 19, 21, 33});
constexpr int64_t numTokens = 35;

class DifferentiateTest : public testing::Test {
protected:
  DifferentiateTest() {
    mlir::DialectRegistry registry;
    reference::registerEvaluateModels(registry);
    attn::registerGradientModels(registry);
    context.appendDialectRegistry(registry);
    context.loadDialect<attn::AttnDialect, mlir::arith::ArithDialect,
                        mlir::func::FuncDialect, mlir::math::MathDialect>();
  }

  /// The function of `text`, or of its spec, differentiated.
  void differentiate(llvm::StringRef text,
                     const attn::DifferentiatePassOptions &options = {}) {
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    ASSERT_TRUE(module);
    mlir::PassManager manager(&context);
    attn::ExpandSpecPassOptions expansion;
    expansion.auxOutputs = auxOutputs;
    manager.addPass(attn::createExpandSpecPass(expansion));
    if (split)
      manager.addNestedPass<mlir::func::FuncOp>(attn::createSplitCombinePass());
    manager.addPass(attn::createDifferentiatePass(options));
    if (fuse)
      manager.addNestedPass<mlir::func::FuncOp>(attn::createFusePass());
    ASSERT_TRUE(succeeded(manager.run(*module)));
    auto functions = module->getOps<mlir::func::FuncOp>();
    ASSERT_EQ(std::distance(functions.begin(), functions.end()), 2);
    forward = *functions.begin();
    backward = *std::next(functions.begin());
  }

  /// That every gradient is what differences give, of drawn arguments.
  void expectDifferences(llvm::StringRef text,
                         const attn::DifferentiatePassOptions &options = {}) {
    ASSERT_NO_FATAL_FAILURE(differentiate(text, options));
    expectGradients(forward, backward, drawInputs());
  }

  NamedArrays drawInputs() {
    NamedArrays inputs;
    for (unsigned i = 0; i < forward.getNumArguments(); ++i) {
      auto type = llvm::cast<mlir::RankedTensorType>(forward.getArgumentTypes()[i]);
      Shape shape(type.getShape());
      if (type.isDynamicDim(0))
        shape[0] = numTokens;
      std::string name = getArgumentName(forward, i);
      inputs[name] = name == "cu_seqlens" ? sequenceEnds : makeRandom(shape, 1 + i);
      if (type.getRank() > 2 && !type.isDynamicDim(0)) // weights that sum over windows
        for (double &weight : inputs[name].data)
          weight *= 0.5;
    }
    return inputs;
  }

  bool hasResult(llvm::StringRef name) {
    for (unsigned i = 0; i < backward.getNumResults(); ++i)
      if (getResultName(backward, i) == name)
        return true;
    return false;
  }

  bool auxOutputs = false, split = false, fuse = false;
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp forward, backward;
};

/// NSA with `phi` of its compressed branch and `more` on its window.
std::string makeNsa(llvm::StringRef phi, llvm::StringRef gates = "logits",
                    llvm::StringRef more = "") {
  return ("attn.spec @nsa heads 4 over 2 dims 3 x 2 of f32 gates " + gates + R"( {
    attn.branch @compressed sees #attn.compressed<block = 4, stride = 2> by )" +
          phi + R"(
    attn.branch @selected sees #attn.selected<block = 4> top 3 initial 1 local 1 ranked by @compressed
    attn.branch @window sees #attn.window<5>)" +
          more + "\n}")
      .str();
}

} // namespace

TEST_F(DifferentiateTest, nsa_equals_differences) {
  expectDifferences(makeNsa("#attn.phi<mean>"));
  EXPECT_TRUE(hasResult("grad_q"));
  EXPECT_TRUE(hasResult("grad_gates"));
  EXPECT_FALSE(hasResult("grad_cu_seqlens"));
}

TEST_F(DifferentiateTest, every_phi_with_positions_equals_differences) {
  for (const char *phi :
       {"#attn.phi<mean>", "#attn.phi<weighted>", "#attn.phi<gated>",
        "#attn.phi<linear>", "#attn.phi<mlp, hidden = 3, activation = gelu>",
        "#attn.phi<mlp, hidden = 2, activation = silu>"}) {
    SCOPED_TRACE(phi);
    expectDifferences(makeNsa(std::string(phi) + " with_positions", "values"));
    EXPECT_TRUE(hasResult("grad_compressed_v_pos"));
  }
}

TEST_F(DifferentiateTest, what_is_saved_changes_no_gradient) {
  for (std::vector<std::string> save : {std::vector<std::string>{"out"},
                                        {"lse", "indices"},
                                        {"out", "lse", "output", "indices"}}) {
    attn::DifferentiatePassOptions options;
    llvm::append_range(options.save, save);
    expectDifferences(makeNsa("#attn.phi<weighted>"), options);
  }
}

TEST_F(DifferentiateTest, sinks_scores_and_lse_equal_differences) {
  auxOutputs = true; // an lse of each branch, with a gradient
  expectDifferences(makeNsa("#attn.phi<gated>", "logits", R"( sinks
        scores(%s, %query, %key, %head, %bias = "bias") {
      %cap = arith.constant 1.5 : f32
      %ratio = arith.divf %s, %cap : f32
      %tanh = math.tanh %ratio : f32
      %capped = arith.mulf %tanh, %cap : f32
      %y = arith.addf %capped, %bias : f32
      attn.score %y
    })"));
  EXPECT_TRUE(hasResult("grad_window_bias"));
  EXPECT_TRUE(hasResult("grad_window_sinks"));
}

TEST_F(DifferentiateTest, branches_with_keys_of_their_own_equal_differences) {
  expectDifferences(R"(
attn.spec @own heads 2 over 1 dims 2 x 3 of f32 gates values scale 0.4 {
  attn.branch @all sees #attn.causal own_kv
  attn.branch @full sees #attn.full
})");
  EXPECT_TRUE(hasResult("grad_all_k"));
  EXPECT_TRUE(hasResult("grad_v"));
}

TEST_F(DifferentiateTest, one_value_in_several_places_gets_the_sum) {
  expectDifferences(R"(
!x = tensor<?x2x3xf32>
!w = tensor<2x4xf32>
!g = tensor<?x2x3xf32>
!cu = tensor<?xi32>
func.func @f(%x: !x {attn.name = "x"}, %w: !w {attn.name = "w"}, %g: !g {attn.name = "g"},
             %cu: !cu {attn.name = "cu_seqlens"}) -> (!x {attn.name = "o"}, !x {attn.name = "a"}) {
  %c = attn.compress %x by #attn.phi<weighted> into #attn.compressed<block = 4, stride = 2> over %cu
      params(%w : !w) : !x, !cu -> !x
  %d = attn.compress %x by #attn.phi<weighted> into #attn.compressed<block = 4, stride = 2> over %cu
      params(%w : !w) : !x, !cu -> !x
  %a, %l = attn.attend %x sees #attn.compressed<block = 4, stride = 2> in %c, %d, %cu : !x, !x, !x, !cu -> !x, tensor<?x2xf32>
  %b, %m = attn.attend %a sees #attn.causal in %x, %x, %cu : !x, !x, !x, !cu -> !x, tensor<?x2xf32>
  %p = attn.combine %a, %b gates %g columns [2, 0] logits : (!x, !x, !g) -> !x
  %o = attn.combine %b gates %g columns [0] values onto %p : (!x, !g, !x) -> !x
  return %o, %a : !x, !x
})");
  EXPECT_TRUE(hasResult("grad_w"));
}

TEST_F(DifferentiateTest, some_arguments_and_results_equal_differences) {
  attn::DifferentiatePassOptions options;
  options.arguments = {"k", "compressed_k_w"};
  options.results = {"o"};
  auxOutputs = true;
  expectDifferences(makeNsa("#attn.phi<weighted>"), options);
  EXPECT_EQ(backward.getNumResults(), 2u);
  EXPECT_TRUE(hasResult("grad_k"));
}

TEST_F(DifferentiateTest, a_ranker_has_no_gradient) {
  expectDifferences(R"(
attn.spec @msa heads 4 over 2 dims 3 x 3 of f32 {
  attn.ranker @index heads 2 over 1 dim 3 by #attn.max_index
  attn.branch @selected sees #attn.selected<block = 4> top 2 initial 0 local 1 ranked by @index
})");
  EXPECT_TRUE(hasResult("grad_k"));
  EXPECT_FALSE(hasResult("grad_index_q"));
}

TEST_F(DifferentiateTest, partial_sums_equal_differences) {
  split = true;
  expectDifferences(makeNsa("#attn.phi<mean>"));
}

TEST_F(DifferentiateTest, fused_functions_are_the_same_functions) {
  fuse = true;
  expectDifferences(makeNsa("#attn.phi<weighted>"));
}

namespace {

/// Everything that `function` takes or returns, rounded to its types, by name.
NamedArrays runRounded(mlir::func::FuncOp function, const NamedArrays &inputs) {
  std::vector<Array> arguments;
  for (unsigned i = 0; i < function.getNumArguments(); ++i) {
    arguments.push_back(inputs.lookup(getArgumentName(function, i)));
    auto type = *getElementType(function.getArgumentTypes()[i]);
    for (double &value : arguments.back().data)
      value = roundTo(type, value);
  }
  auto result = llvm::cantFail(evaluate(function, arguments));
  NamedArrays results;
  for (auto [i, array] : llvm::enumerate(result.results))
    results[getResultName(function, i)] = *array;
  return results;
}

} // namespace

TEST_F(DifferentiateTest, what_is_saved_changes_no_bit) {
  std::string spec = makeNsa("#attn.phi<gated>");
  spec.replace(spec.find("f32"), 3, "bf16");
  std::vector<NamedArrays> gradients;
  for (bool save : {false, true}) {
    attn::DifferentiatePassOptions options;
    if (save)
      options.save = {"out", "lse", "output", "indices"};
    ASSERT_NO_FATAL_FAILURE(differentiate(spec, options));
    NamedArrays inputs = drawInputs();
    inputs["grad_o"] = makeRandom({numTokens, 4, 2}, 77);
    for (const auto &result : runRounded(forward, inputs))
      inputs[result.getKey()] = result.getValue();
    gradients.push_back(runRounded(backward, inputs));
  }
  ASSERT_EQ(gradients[0].size(), 8u); // q, k, v, gates, and twice phi's two weights
  for (const auto &gradient : gradients[0])
    EXPECT_EQ(gradient.getValue().data, gradients[1][gradient.getKey()].data)
        << gradient.getKey().str();
}
