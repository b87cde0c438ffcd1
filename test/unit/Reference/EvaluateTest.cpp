//===- EvaluateTest.cpp - A spec, expanded and evaluated ------------------===//

#include "fovea/Reference/Evaluate.h"

#include "Forward.h"
#include "TestUtils.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

using namespace fovea;
using namespace fovea::reference;

namespace {

const char *const nsaSpec = R"(
attn.spec @nsa heads 4 over 2 dims 6 x 5 of f32 gates logits {
  attn.branch @compressed sees #attn.compressed<block = 8, stride = 4> by #attn.phi<mean>
  attn.branch @selected sees #attn.selected<block = 16> top 4 initial 1 local 2 ranked by @compressed
  attn.branch @window sees #attn.window<12>
})";

class Evaluate : public testing::Test {
protected:
  Evaluate() {
    mlir::DialectRegistry registry;
    reference::registerEvaluateModels(registry);
    context.appendDialectRegistry(registry);
    context.loadDialect<attn::AttnDialect, mlir::arith::ArithDialect,
                        mlir::func::FuncDialect>();
  }

  /// The function of `spec`, with auxiliary results.
  mlir::func::FuncOp expand(llvm::StringRef spec, bool fuse = false) {
    module = mlir::parseSourceString<mlir::ModuleOp>(spec, &context);
    mlir::PassManager manager(&context);
    attn::ExpandSpecPassOptions options;
    options.auxOutputs = true;
    manager.addPass(attn::createExpandSpecPass(options));
    if (fuse)
      manager.addNestedPass<mlir::func::FuncOp>(attn::createFusePass());
    EXPECT_TRUE(succeeded(manager.run(*module)));
    return *module->getOps<mlir::func::FuncOp>().begin();
  }

  /// The operation of type `Op` of the last function.
  template <typename Op> Op find() {
    Op found;
    module->walk([&](Op op) { found = op; });
    return found;
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

const Sequences sequences{{0, 5, 5, 47, 150}};

ForwardOperands makeOperands() {
  ForwardOperands operands{makeRandom({150, 4, 6}, 1), makeRandom({150, 2, 6}, 2),
                           makeRandom({150, 2, 5}, 3), makeRandom({150, 4, 3}, 4)};
  for (Array *array :
       {&operands.query, &operands.key, &operands.value, &operands.gates})
    for (double &value : array->data)
      value = roundTo(ElementType::F32, value);
  return operands;
}

std::vector<Array> toInputs(const ForwardOperands &operands) {
  Array offsets(
      {5}, std::vector<double>(sequences.offsets.begin(), sequences.offsets.end()));
  return {operands.query, operands.key, operands.value, operands.gates, offsets};
}

/// Results: o, compressed_lse, selected_lse, selected_indices, window_lse.
constexpr int indicesResult = 3;

double getMaxDifference(const Array &a, const Array &b) {
  double worst = 0;
  for (size_t i = 0; i < a.data.size(); ++i)
    if (a.data[i] != b.data[i])
      worst = std::max(worst, std::fabs(a.data[i] - b.data[i]));
  return worst;
}

} // namespace

TEST_F(Evaluate, a_spec_is_its_ops_in_order) {
  for (bool fuse : {false, true}) {
    mlir::func::FuncOp function = expand(nsaSpec, fuse);
    ForwardOperands operands = makeOperands();
    ForwardResult expected = runForward(operands, {}, sequences);
    auto result = llvm::cantFail(evaluate(function, toInputs(operands)));
    EXPECT_EQ(result.results[indicesResult]->data, toArray(expected.indices).data);
    // They differ by the rounding to f32 of what lies between.
    EXPECT_LT(getMaxDifference(*result.results[0], expected.output), 1e-6);
  }
}

TEST_F(Evaluate, results_are_rounded_unless_they_stay_exact) {
  mlir::func::FuncOp function = expand(nsaSpec);
  std::vector<Array> inputs = toInputs(makeOperands());
  auto rounded = llvm::cantFail(evaluate(function, inputs));
  EvaluateOptions options;
  options.exactResults = true;
  auto exact = llvm::cantFail(evaluate(function, inputs, options));
  EXPECT_NE(rounded.results[0]->data, exact.results[0]->data);
  for (size_t i = 0; i < rounded.results[0]->data.size(); ++i)
    EXPECT_EQ(rounded.results[0]->data[i],
              roundTo(ElementType::F32, exact.results[0]->data[i]));
}

TEST_F(Evaluate, a_sample_of_tokens_has_the_same_rows) {
  mlir::func::FuncOp function = expand(nsaSpec);
  std::vector<Array> inputs = toInputs(makeOperands());
  EvaluateOptions options;
  options.tokens.resize(150);
  options.tokens[3] = options.tokens[149] = true;
  auto all = llvm::cantFail(evaluate(function, inputs));
  auto some = llvm::cantFail(evaluate(function, inputs, options));
  for (int64_t token : {3, 149})
    EXPECT_EQ(some.results[0]->slice(token), all.results[0]->slice(token));
  expectNear(some.results[0]->slice(100), std::vector<double>(20));
}

TEST_F(Evaluate, given_indices_are_used_and_the_own_choice_is_kept) {
  mlir::func::FuncOp function = expand(nsaSpec);
  std::vector<Array> inputs = toInputs(makeOperands());
  mlir::Value choice = find<attn::SelectTopkOp>().getIndices();
  auto own = llvm::cantFail(evaluate(function, inputs));

  Array nothing({150, 2, 4}, -1.0);
  EvaluateOptions options;
  options.given[choice] = &nothing;
  auto given = llvm::cantFail(evaluate(function, inputs, options));
  EXPECT_EQ(given.lookup(choice)->data, own.lookup(choice)->data);
  EXPECT_EQ(given.results[indicesResult]->data, nothing.data);
  EXPECT_EQ(given.results[2]->at(149, 0), -infinity);
}

TEST_F(Evaluate, rounding_intermediates_costs_precision) {
  std::string spec(nsaSpec);
  spec.replace(spec.find("of f32"), 6, "of bf16");
  mlir::func::FuncOp function = expand(spec);
  std::vector<Array> inputs = toInputs(makeOperands());
  EvaluateOptions options;
  auto once = llvm::cantFail(evaluate(function, inputs, options));
  Array choice = *once.results[indicesResult];
  options.roundIntermediates = true;
  options.given[find<attn::SelectTopkOp>().getIndices()] = &choice;
  auto always = llvm::cantFail(evaluate(function, inputs, options));
  double error = getMaxDifference(*always.results[0], *once.results[0]);
  EXPECT_GT(error, 0x1p-10);
  EXPECT_LT(error, 0x1p-4);
}

TEST_F(Evaluate, errors_name_the_input_or_the_op) {
  mlir::func::FuncOp function = expand(nsaSpec);
  std::vector<Array> inputs = toInputs(makeOperands());
  inputs[0] = Array({150, 4, 7});
  EXPECT_EQ(getMessage(evaluate(function, inputs)),
            "expected q of shape [150, 4, 6], got [150, 4, 7]");
  inputs = toInputs(makeOperands());
  inputs[4].data[2] = 4;
  EXPECT_EQ(getMessage(evaluate(function, inputs)),
            "attn.compress: expected cu_seqlens not to decrease, got 5 then 4 at "
            "sequence 1");
  inputs.pop_back();
  EXPECT_EQ(getMessage(evaluate(function, inputs)),
            "expected 5 inputs of @nsa_forward, got 4");
}
