//===- Differentiate.cpp - backward functions -----------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Reverse mode over one function: its operations are computed once more, but for what
// is saved; then each that lies between a wanted argument and a result turns the
// gradients of its results into those of its operands, the last operation first.
//
//===----------------------------------------------------------------------===//

#include "FirstReader.h"
#include "GradientFlow.h"
#include "GradientRequest.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/IR/FunctionRows.h"
#include "fovea/Dialect/Attn/IR/Models.h"
#include "fovea/Dialect/Attn/IR/PackedShape.h"
#include "fovea/Dialect/Attn/Transforms/Gradient.h"
#include "fovea/Dialect/Attn/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/StringSet.h"

namespace fovea::attn {
#define GEN_PASS_DEF_DIFFERENTIATEPASS
#include "fovea/Dialect/Attn/Transforms/Passes.h.inc"
} // namespace fovea::attn

using namespace mlir;
using namespace fovea;
using namespace fovea::attn;

std::string fovea::attn::getBackwardName(StringRef forward) {
  forward.consume_back("_forward");
  return (forward + "_backward").str();
}

namespace {

/// Makes the backward function of one function.
class Differentiator final : GradientBuilder {
public:
  Differentiator(func::FuncOp forward, const GradientRequest &request)
      : forward(forward), request(request), builder(forward.getContext()) {}

  LogicalResult run();

private:
  // What the operations' models ask.
  OpBuilder &getBuilder() override { return builder; }
  Value get(Value value) override { return map.lookup(value); }
  Value getGradient(Value result) override;
  bool wants(unsigned operand) override {
    return flow->isWanted(current->getOpOperand(operand));
  }
  Type getType(unsigned operand) override;
  void add(unsigned operand, Value contribution) override {
    contributions[current->getOperand(operand)].push_back(contribution);
  }

  LogicalResult verifyOperations();
  LogicalResult findFlow();
  void createFunction();
  void computeForward();
  LogicalResult computeBackward();
  LogicalResult returnGradients();
  void eraseUnused();
  void placeLate();
  void saveUsed();
  void describeValues();
  LogicalResult verifyNames();
  void report();
  void dropMarks();

  RowCount getRows(Value value);
  ValueRange getReturned() {
    return forward.getBody().front().getTerminator()->getOperands();
  }

  func::FuncOp forward, backward;
  const GradientRequest &request;
  OpBuilder builder;
  FunctionRows rows;
  /// Arguments whose gradients are returned, results of which, and what is saved.
  GradientChoice choice;
  std::optional<GradientFlow> flow;
  IRMapping map; ///< from `forward` to `backward`
  /// Operations of `forward` by those of `backward` that compute the same once more.
  llvm::DenseMap<Operation *, Operation *> originals;
  /// To the gradients of values of `forward`.
  llvm::DenseMap<Value, SmallVector<Value>> contributions;
  Operation *current = nullptr; ///< of `forward`, whose gradients are built
};

} // namespace

/// What the rows of `value`, of `forward`, count.
RowCount Differentiator::getRows(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return rows.getArgumentRows(argument.getArgNumber());
  return rows.getRows(value);
}

/// The sum of what was contributed; null where nothing was.
Value Differentiator::getGradient(Value value) {
  auto found = contributions.find(value);
  if (found == contributions.end())
    return {};
  SmallVector<Value> &parts = found->second;
  if (parts.size() > 1 || parts.front().getType() != value.getType())
    parts = {SumOp::create(builder, value.getLoc(), value.getType(), parts,
                           toString(getRows(value)))};
  return parts.front();
}

Type Differentiator::getType(unsigned operand) {
  Value value = current->getOperand(operand);
  auto type = tensorType(value);
  return flow->countContributions(value) > 1 ? type.clone(builder.getF32Type()) : type;
}

LogicalResult Differentiator::verifyOperations() {
  FailureOr<FunctionRows> inferred = FunctionRows::infer(forward);
  if (failed(inferred))
    return failure();
  rows = *inferred;
  for (Operation &op : forward.getBody().front().without_terminator()) {
    if (isa<GroupOp>(op))
      return op.emitOpError() << "expected operations outside of groups, which "
                                 "attn-differentiate comes before, got a group";
    if (!isa<BatchOp>(op) && !getModel<GradientOpInterface>(&op, "a gradient"))
      return failure();
  }
  return success();
}

/// Results that follow from no argument whose gradient is wanted are constants.
LogicalResult Differentiator::findFlow() {
  FailureOr<GradientChoice> resolved = resolve(request, forward);
  if (failed(resolved))
    return failure();
  choice = *resolved;
  flow.emplace(forward, choice.arguments, choice.results);
  auto isConstant = [&](unsigned result) {
    return !flow->isVaried(getReturned()[result]);
  };
  for (unsigned result : choice.results)
    if (!request.results.empty() && isConstant(result))
      return forward.emitError() << "expected result " << result
                                 << " to follow smoothly from an argument whose "
                                    "gradient is wanted, got none";
  llvm::erase_if(choice.results, isConstant);
  return success();
}

/// Arguments: those of `forward`, what is saved, and the gradients of results.
void Differentiator::createFunction() {
  SmallVector<Type> types(forward.getArgumentTypes());
  for (OpResult result : choice.saved)
    types.push_back(result.getType());
  for (unsigned result : choice.results)
    types.push_back(getReturned()[result].getType());
  builder.setInsertionPointAfter(forward);
  backward = func::FuncOp::create(builder, forward.getLoc(),
                                  getBackwardName(forward.getName()),
                                  builder.getFunctionType(types, {}));
  builder.setInsertionPointToEnd(backward.addEntryBlock());
  unsigned next = 0;
  for (BlockArgument argument : forward.getArguments())
    map.map(argument, backward.getArgument(next++));
  for (OpResult result : choice.saved)
    map.map(result, backward.getArgument(next++));
  for (unsigned result : choice.results)
    contributions[getReturned()[result]].push_back(backward.getArgument(next++));
}

void Differentiator::computeForward() {
  for (Operation &op : forward.getBody().front().without_terminator()) {
    IRMapping results(map);
    Operation *clone = builder.clone(op, results);
    originals[clone] = &op;
    for (auto [result, computed] :
         llvm::zip_equal(op.getResults(), clone->getResults()))
      if (!map.contains(result)) // not saved
        map.map(result, computed);
  }
}

LogicalResult Differentiator::computeBackward() {
  for (Operation &op : llvm::reverse(forward.getBody().front().without_terminator())) {
    if (llvm::none_of(op.getResults(),
                      [&](Value result) { return contributions.contains(result); }))
      continue;
    current = &op;
    if (failed(cast<GradientOpInterface>(op).buildGradients(*this)))
      return failure();
  }
  return success();
}

LogicalResult Differentiator::returnGradients() {
  SmallVector<Value> gradients;
  SmallVector<BlockArgument> found;
  for (BlockArgument argument : choice.arguments) {
    if (Value gradient = getGradient(argument)) {
      gradients.push_back(gradient);
      found.push_back(argument);
    } else if (!request.arguments.empty()) {
      return forward.emitError()
             << "expected a result that follows smoothly from argument "
             << argument.getArgNumber() << ", whose gradient is wanted, got none";
    }
  }
  if (gradients.empty())
    return forward.emitError()
           << "expected a result that follows smoothly from an argument, got none";
  choice.arguments = found;
  func::ReturnOp::create(builder, forward.getLoc(), gradients);
  backward.setType(builder.getFunctionType(backward.getArgumentTypes(),
                                           ValueRange(gradients).getTypes()));
  return success();
}

/// What was computed once more for nobody, and what was saved for nobody.
void Differentiator::eraseUnused() {
  for (Operation &op :
       llvm::make_early_inc_range(llvm::reverse(backward.getBody().front())))
    if (isOpTriviallyDead(&op)) {
      originals.erase(&op);
      op.erase();
    }
  llvm::BitVector unused(backward.getNumArguments());
  unsigned first = forward.getNumArguments();
  for (unsigned i = first; i < first + choice.saved.size(); ++i)
    if (backward.getArgument(i).use_empty())
      unused.set(i);
  unsigned next = first;
  llvm::erase_if(choice.saved, [&](OpResult) { return unused.test(next++); });
  (void)backward.eraseArguments(unused); // does not fail, for a func.func
}

/// What is made of arguments alone is computed right before it is read first: a
/// branch's dout is as large as the output, and there is one for each.
void Differentiator::placeLate() {
  Block &body = backward.getBody().front();
  SmallVector<Operation *> ops;
  for (Operation &op : body.without_terminator())
    if (llvm::all_of(op.getOperands(), llvm::IsaPred<BlockArgument>))
      ops.push_back(&op);
  for (Operation *op : llvm::reverse(ops))
    moveToFirstReader(op);
}

/// `forward` returns what is saved, if it does not so far.
void Differentiator::saveUsed() {
  Operation *terminator = forward.getBody().front().getTerminator();
  for (OpResult result : choice.saved) {
    if (llvm::is_contained(getReturned(), result))
      continue;
    NamedAttribute name(kNameAttrName,
                        builder.getStringAttr(makeName(forward, result)));
    (void)forward.insertResult( // does not fail, for a func.func
        forward.getNumResults(), result.getType(), builder.getDictionaryAttr(name));
    terminator->insertOperands(terminator->getNumOperands(), {result});
  }
}

/// Names, and what rows count: of an argument that nobody reads no use says it.
void Differentiator::describeValues() {
  auto getText = [&](Value value) {
    return builder.getStringAttr(toString(getRows(value)));
  };
  auto getGradientName = [&](unsigned number, bool isResult) {
    StringAttr name = getName(forward, number, isResult);
    return name ? builder.getStringAttr("grad_" + name.getValue()) : StringAttr();
  };
  unsigned next = 0;
  auto describeArgument = [&](StringAttr name, Value like) {
    if (name)
      backward.setArgAttr(next, kNameAttrName, name);
    backward.setArgAttr(next++, kRowsAttrName, getText(like));
  };
  for (BlockArgument argument : forward.getArguments())
    describeArgument(getName(forward, argument.getArgNumber(), /*isResult=*/false),
                     argument);
  for (OpResult result : choice.saved) {
    auto number = llvm::find(getReturned(), result) - getReturned().begin();
    describeArgument(getName(forward, number, /*isResult=*/true), result);
  }
  for (unsigned result : choice.results)
    describeArgument(getGradientName(result, /*isResult=*/true), getReturned()[result]);
  for (auto [i, argument] : llvm::enumerate(choice.arguments)) {
    if (StringAttr name = getGradientName(argument.getArgNumber(), /*isResult=*/false))
      backward.setResultAttr(i, kNameAttrName, name);
    backward.setResultAttr(i, kRowsAttrName, getText(argument));
  }
}

/// `grad_x` may be the gradient of x, or be an argument of that name.
LogicalResult Differentiator::verifyNames() {
  llvm::StringSet<> names;
  for (bool isResult : {false, true})
    for (unsigned i = 0;
         i < (isResult ? backward.getNumResults() : backward.getNumArguments()); ++i)
      if (StringAttr name = getName(backward, i, isResult);
          name && !names.insert(name).second)
        return forward.emitError()
               << "expected arguments and results of @" << backward.getName()
               << " of distinct names, got two that are called " << name.getValue();
  return success();
}

/// The memory that each value takes that is saved, or would take that is not.
void Differentiator::report() {
  auto describe = [&](OpResult result, StringRef what) {
    int64_t bits = tensorType(result).getElementTypeBitWidth();
    for (int64_t size : tensorType(result).getShape().drop_front())
      bits *= size;
    int64_t tokens = getRows(result).tokensPerRow;
    result.getOwner()->emitRemark()
        << "'" << result.getOwner()->getName() << "' " << getWord(result) << what
        << bits / 8 << " bytes for "
        << (tokens == 1 ? "each token" : "every " + std::to_string(tokens) + " tokens");
  };
  llvm::DenseSet<Operation *> again;
  for (auto [clone, op] : originals)
    again.insert(op);
  for (auto op : forward.getOps<KernelOpInterface>())
    for (OpResult result : op->getResults())
      if (llvm::is_contained(choice.saved, result))
        describe(result, " is saved: ");
      else if (again.contains(op) && !map.lookup(result).use_empty() &&
               tensorType(result).getNumDynamicDims() < 2)
        describe(result, " is computed once more, to save ");
}

/// What asked for this function, and for names, has served.
void Differentiator::dropMarks() {
  forward->removeAttr(kBackwardAttrName);
  for (func::FuncOp function : {forward, backward})
    function.walk([](KernelOpInterface op) { op->removeAttr(kNameAttrName); });
}

LogicalResult Differentiator::run() {
  if (failed(verifyOperations()) || failed(findFlow()))
    return failure();
  createFunction();
  computeForward();
  if (failed(computeBackward()) || failed(returnGradients()))
    return failure();
  eraseUnused();
  placeLate();
  saveUsed();
  describeValues();
  if (failed(verifyNames()))
    return failure();
  if (request.report)
    report();
  dropMarks();
  return success();
}

/// The results that the mark of `function` names, if it has one.
static SmallVector<std::string> getMarkedResults(func::FuncOp function) {
  SmallVector<std::string> names;
  if (auto mark = function->getAttrOfType<ArrayAttr>(kBackwardAttrName))
    for (StringAttr name : mark.getAsRange<StringAttr>())
      names.push_back(name.str());
  return names;
}

namespace {
struct Differentiate final : fovea::attn::impl::DifferentiatePassBase<Differentiate> {
  using DifferentiatePassBase::DifferentiatePassBase;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    auto functions = llvm::filter_to_vector(
        getOperation().getOps<func::FuncOp>(), [&](func::FuncOp function) {
          return !function.isExternal() && isAttnFunction(function) &&
                 (!marked || function->hasAttr(kBackwardAttrName));
        });
    for (func::FuncOp function : functions) {
      std::string name = getBackwardName(function.getName());
      if (symbols.lookup(name)) {
        function.emitError() << "expected no function @" << name
                             << ", which the gradient of @" << function.getName()
                             << " is called, got one";
        return signalPassFailure();
      }
      SmallVector<std::string> named(results.begin(), results.end());
      if (named.empty())
        named = getMarkedResults(function);
      GradientRequest request{arguments, named, save, reportMemory};
      if (failed(Differentiator(function, request).run()))
        return signalPassFailure();
    }
  }
};
} // namespace
