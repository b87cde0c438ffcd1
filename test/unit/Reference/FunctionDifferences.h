//===- FunctionDifferences.h - Gradients of attn functions ------*- C++ -*-===//

#ifndef FOVEA_TEST_UNIT_REFERENCE_FUNCTIONDIFFERENCES_H
#define FOVEA_TEST_UNIT_REFERENCE_FUNCTIONDIFFERENCES_H

#include "Differences.h"
#include "fovea/Reference/Evaluate.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringMap.h"

namespace fovea::reference {

using NamedArrays = llvm::StringMap<Array>;

/// The `attn.name` of an argument or a result.
inline std::string getArgumentName(mlir::func::FuncOp function, unsigned i) {
  return function.getArgAttrOfType<mlir::StringAttr>(i, attn::kNameAttrName).str();
}
inline std::string getResultName(mlir::func::FuncOp function, unsigned i) {
  return function.getResultAttrOfType<mlir::StringAttr>(i, attn::kNameAttrName).str();
}

/// The results of `function` over real numbers, by name, on the arrays that its
/// arguments name. What top-k chooses is `given`, where there is something: it has no
/// gradient, and must not jump between two points of a difference.
inline NamedArrays runExactly(mlir::func::FuncOp function, const NamedArrays &inputs,
                              const llvm::DenseMap<mlir::Value, const Array *> &given =
                                  llvm::DenseMap<mlir::Value, const Array *>()) {
  std::vector<Array> arguments;
  for (unsigned i = 0; i < function.getNumArguments(); ++i) {
    EXPECT_TRUE(inputs.contains(getArgumentName(function, i)))
        << getArgumentName(function, i);
    arguments.push_back(inputs.lookup(getArgumentName(function, i)));
  }
  EvaluateOptions options;
  options.exact = true;
  options.given = given;
  auto result = llvm::cantFail(evaluate(function, arguments, options));
  NamedArrays results;
  for (auto [i, array] : llvm::enumerate(result.results))
    results[getResultName(function, i)] = *array;
  return results;
}

/// That `backward`, which takes the arguments of `forward` that it names and
/// `grad_<name>` of each result of it with one, returns `grad_<name>` of some arguments
/// as differences of `forward` have them. Rows of lse that are -inf get no gradient.
inline void expectGradients(mlir::func::FuncOp forward, mlir::func::FuncOp backward,
                            NamedArrays inputs, unsigned seed = 99) {
  llvm::DenseMap<mlir::Value, const Array *> chosen;
  std::vector<Array> arguments;
  for (unsigned i = 0; i < forward.getNumArguments(); ++i)
    arguments.push_back(inputs.lookup(getArgumentName(forward, i)));
  EvaluateOptions options;
  options.exact = true;
  auto once = llvm::cantFail(evaluate(forward, arguments, options));
  forward.walk([&](attn::SelectTopkOp op) {
    chosen[op.getIndices()] = once.lookup(op.getIndices());
  });

  NamedArrays outputs = runExactly(forward, inputs, chosen), weights;
  for (unsigned i = 0; i < backward.getNumArguments(); ++i) {
    std::string name = getArgumentName(backward, i);
    llvm::StringRef output(name);
    if (outputs.contains(name) && !inputs.contains(name)) // what forward saves
      inputs[name] = outputs[name];
    if (!output.consume_front("grad_"))
      continue;
    ASSERT_TRUE(outputs.contains(output)) << name;
    Array weight = makeRandom(outputs[output].shape, seed + i);
    for (auto [w, value] : llvm::zip_equal(weight.data, outputs[output].data))
      if (std::isinf(value))
        w = 0;
    inputs[name] = weights[output] = weight;
  }
  ASSERT_FALSE(weights.empty());
  NamedArrays gradients = runExactly(backward, inputs);
  ASSERT_FALSE(gradients.empty());
  auto loss = [&] {
    double sum = 0;
    NamedArrays results = runExactly(forward, inputs, chosen);
    for (const auto &weight : weights)
      sum += weigh(results[weight.getKey()], weight.getValue());
    return sum;
  };
  for (const auto &gradient : gradients) {
    llvm::StringRef name = gradient.getKey();
    ASSERT_TRUE(name.consume_front("grad_"));
    expectDirections(gradient.getValue(), inputs[name], name.str(), loss);
  }
}

} // namespace fovea::reference

#endif // FOVEA_TEST_UNIT_REFERENCE_FUNCTIONDIFFERENCES_H
