//===- LaunchProgram.cpp - what the host does between kernels -------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Walks a host function once, in order. Index arithmetic is written where a size or
// a launch asks for it, so that what only the status needed is not in the program;
// equal values get one number.
//
//===----------------------------------------------------------------------===//

#include "fovea/Target/Bundle/LaunchProgram.h"

#include "CheckLaunch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace fovea;

namespace {

class ProgramReader final {
public:
  ProgramReader(func::FuncOp host, LaunchProgram &program)
      : host(host), program(program) {}

  LogicalResult read();

private:
  LogicalResult readBlock(Block &block);
  LogicalResult readOp(Operation &op);
  LogicalResult readGuard(scf::IfOp guard);
  LogicalResult readAlloc(memref::AllocOp alloc);
  LogicalResult readDealloc(memref::DeallocOp dealloc);
  LogicalResult readLaunch(tile::LaunchOp launch);
  LogicalResult readCheck(tile::CheckSequencesOp check);

  FailureOr<int64_t> number(Value value);
  FailureOr<int64_t> numberDim(memref::DimOp dim);
  FailureOr<HostSize> size(Value value);
  int64_t intern(StringRef op, ArrayRef<int64_t> operands);
  FailureOr<LaunchArgument> argument(tile::LaunchOp launch, Value value);

  func::FuncOp host;
  LaunchProgram &program;
  llvm::DenseMap<Value, int64_t> numbers;   ///< of values
  llvm::DenseMap<Value, int64_t> workspace; ///< of memrefs allocated here
};

} // namespace

static InFlightDiagnostic refuse(Operation *op) {
  return op->emitOpError() << "expected a launch program that a bundle can say, got ";
}

/// The word for an operation of two indices; empty if there is none.
static StringRef getBinaryWord(Operation *op) {
  return llvm::TypeSwitch<Operation *, StringRef>(op)
      .Case([](arith::AddIOp) { return "addi"; })
      .Case([](arith::SubIOp) { return "subi"; })
      .Case([](arith::MulIOp) { return "muli"; })
      .Case([](arith::DivUIOp) { return "divui"; })
      .Case([](arith::MinSIOp) { return "minsi"; })
      .Case([](arith::MaxSIOp) { return "maxsi"; })
      .Default([](Operation *) { return StringRef(); });
}

/// Whether `value` is the entry's status: 0, a check of cu_seqlens, or several.
static bool isStatus(Value value) {
  Operation *op = value.getDefiningOp();
  if (auto both = dyn_cast_or_null<arith::OrIOp>(op))
    return isStatus(both.getLhs()) && isStatus(both.getRhs());
  return isa_and_nonnull<tile::CheckSequencesOp>(op) || matchPattern(value, m_Zero());
}

/// Whether `value` says that the status is 0.
static bool isStatusGood(Value value) {
  auto compare = value.getDefiningOp<arith::CmpIOp>();
  return matchPattern(value, m_One()) ||
         (compare && compare.getPredicate() == arith::CmpIPredicate::eq &&
          isStatus(compare.getLhs()) && matchPattern(compare.getRhs(), m_Zero()));
}

int64_t ProgramReader::intern(StringRef op, ArrayRef<int64_t> operands) {
  HostValue value{op.str(), operands.vec()};
  auto found = llvm::find(program.values, value);
  if (found == program.values.end())
    found = program.values.insert(found, std::move(value));
  return found - program.values.begin();
}

FailureOr<HostSize> ProgramReader::size(Value value) {
  IntegerAttr constant;
  if (matchPattern(value, m_Constant(&constant)))
    return HostSize(constant.getInt());
  FailureOr<int64_t> result = number(value);
  if (failed(result))
    return failure();
  return HostSize(ValueNumber{*result});
}

/// Sizes of intermediates are what they were allocated with.
FailureOr<int64_t> ProgramReader::numberDim(memref::DimOp dim) {
  Value source = dim.getSource();
  std::optional<int64_t> axis = dim.getConstantIndex();
  auto type = dyn_cast<MemRefType>(source.getType());
  if (!axis || !type || *axis < 0 || *axis >= type.getRank())
    return refuse(dim) << "a size along an axis that is not known";
  if (!type.isDynamicDim(*axis))
    return intern("const", type.getDimSize(*axis));
  if (auto argument = dyn_cast<BlockArgument>(source))
    return intern("dim", {int64_t(argument.getArgNumber()), *axis});
  if (auto alloc = source.getDefiningOp<memref::AllocOp>())
    return number(alloc.getDynamicSizes()[type.getDynamicDimIndex(*axis)]);
  return refuse(dim) << "a size of neither an argument nor an intermediate";
}

FailureOr<int64_t> ProgramReader::number(Value value) {
  if (auto found = numbers.find(value); found != numbers.end())
    return found->second;
  Operation *op = value.getDefiningOp();
  FailureOr<int64_t> result = failure();
  IntegerAttr constant;
  if (matchPattern(value, m_Constant(&constant))) {
    result = intern("const", constant.getInt());
  } else if (auto dim = dyn_cast_or_null<memref::DimOp>(op)) {
    result = numberDim(dim);
  } else if (StringRef word = op ? getBinaryWord(op) : ""; !word.empty()) {
    FailureOr<int64_t> lhs = number(op->getOperand(0));
    FailureOr<int64_t> rhs = failed(lhs) ? lhs : number(op->getOperand(1));
    if (failed(rhs))
      return failure();
    result = intern(word, {*lhs, *rhs});
  } else {
    return refuse(op ? op : host.getOperation()) << "a value of another kind";
  }
  if (succeeded(result))
    numbers[value] = *result;
  return result;
}

LogicalResult ProgramReader::readAlloc(memref::AllocOp alloc) {
  MemRefType type = alloc.getType();
  std::optional<ElementType> element = getElementType(type.getElementType());
  if (!element || !type.getLayout().isIdentity())
    return refuse(alloc) << "an intermediate of type " << type;
  Workspace result{*element, {}, int64_t(program.launches.size()), -1};
  auto sizes = alloc.getDynamicSizes().begin();
  for (int64_t known : type.getShape()) {
    FailureOr<HostSize> next =
        ShapedType::isDynamic(known) ? size(*sizes++) : HostSize(known);
    if (failed(next))
      return failure();
    result.shape.push_back(*next);
  }
  workspace[alloc] = program.workspace.size();
  program.workspace.push_back(std::move(result));
  return success();
}

LogicalResult ProgramReader::readDealloc(memref::DeallocOp dealloc) {
  auto found = workspace.find(dealloc.getMemref());
  if (found == workspace.end())
    return refuse(dealloc) << "the end of an intermediate that does not live";
  Workspace &ended = program.workspace[found->second];
  ended.last = int64_t(program.launches.size()) - 1;
  if (ended.last < ended.first)
    return refuse(dealloc) << "an intermediate that no launch comes by";
  workspace.erase(found);
  return success();
}

FailureOr<LaunchArgument> ProgramReader::argument(tile::LaunchOp launch, Value value) {
  if (!isa<MemRefType>(value.getType())) {
    FailureOr<int64_t> result = number(value);
    if (failed(result))
      return failure();
    return LaunchArgument{LaunchArgumentKind::Value, *result};
  }
  if (auto argument = dyn_cast<BlockArgument>(value))
    return LaunchArgument{LaunchArgumentKind::Argument, argument.getArgNumber()};
  auto found = workspace.find(value);
  if (found == workspace.end())
    return refuse(launch)
           << "an array that is neither an argument nor an intermediate that lives";
  return LaunchArgument{LaunchArgumentKind::Workspace, found->second};
}

LogicalResult ProgramReader::readLaunch(tile::LaunchOp launch) {
  if (failed(checkLaunch(launch)))
    return failure();
  Launch result{launch.getCallee().str(), {}, {}};
  for (Value extent : launch.getGrid()) {
    FailureOr<HostSize> next = size(extent);
    if (failed(next))
      return failure();
    result.grid.push_back(*next);
  }
  for (Value value : launch.getArgs()) {
    FailureOr<LaunchArgument> next = argument(launch, value);
    if (failed(next))
      return failure();
    result.arguments.push_back(*next);
  }
  program.launches.push_back(std::move(result));
  return success();
}

/// One block: (offsets, tokens, where to report). Offsets that several operations check
/// are checked once.
LogicalResult ProgramReader::readCheck(tile::CheckSequencesOp check) {
  if (!check.getKernel())
    return success();
  auto cu = dyn_cast<BlockArgument>(check.getCu());
  if (!cu)
    return refuse(check) << "a check of offsets that are no argument";
  FailureOr<int64_t> tokens = number(check.getTokens());
  if (failed(tokens))
    return failure();
  if (int64_t perRow = check.getTokensOfRow(); perRow > 1) { // as many as rows can hold
    int64_t whole = intern("muli", {*tokens, intern("const", perRow)});
    tokens = intern("addi", {whole, intern("const", perRow - 1)});
  }
  int64_t argument = cu.getArgNumber(), report = program.checks.size();
  bool isKnown = llvm::any_of(program.checks, [&](const Launch &other) {
    return other.arguments[0].number == argument &&
           other.arguments[1].number == *tokens;
  });
  if (!isKnown)
    program.checks.push_back({check.getKernel()->str(),
                              {HostSize(1), HostSize(1)},
                              {{LaunchArgumentKind::Argument, argument},
                               {LaunchArgumentKind::Value, *tokens},
                               {LaunchArgumentKind::Report, report}}});
  return success();
}

/// The guard that convert-attn-to-tile puts around the launches; no other branch.
LogicalResult ProgramReader::readGuard(scf::IfOp guard) {
  if (guard.getNumResults() || guard.elseBlock() || !isStatusGood(guard.getCondition()))
    return refuse(guard) << "a branch on something else than status 0";
  return readBlock(*guard.thenBlock());
}

LogicalResult ProgramReader::readOp(Operation &op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(&op)
      .Case([&](memref::AllocOp alloc) { return readAlloc(alloc); })
      .Case([&](memref::DeallocOp dealloc) { return readDealloc(dealloc); })
      .Case([&](tile::LaunchOp launch) { return readLaunch(launch); })
      .Case([&](scf::IfOp guard) { return readGuard(guard); })
      .Case([&](tile::CheckSequencesOp check) { return readCheck(check); })
      // Written where they are used, or the status', which is left out.
      .Case<memref::DimOp, arith::ConstantOp, arith::OrIOp, arith::CmpIOp>(
          [](auto) { return success(); })
      .Default([](Operation *op) -> LogicalResult {
        if (!getBinaryWord(op).empty())
          return success();
        return refuse(op) << "another operation";
      });
}

LogicalResult ProgramReader::readBlock(Block &block) {
  for (Operation &op : block.without_terminator())
    if (failed(readOp(op)))
      return failure();
  return success();
}

LogicalResult ProgramReader::read() {
  if (!host.getBody().hasOneBlock())
    return host.emitError() << "expected an entry of one block, got "
                            << llvm::range_size(host.getBody());
  Block &body = host.getBody().front();
  if (failed(readBlock(body)))
    return failure();
  Operation *end = body.getTerminator();
  if (end->getNumOperands() != 1 || !isStatus(end->getOperand(0)))
    return refuse(end) << "a result that is not a status";
  for (const auto &[memref, number] : workspace)
    return refuse(memref.getDefiningOp()) << "an intermediate that does not end";
  return success();
}

LogicalResult fovea::readLaunchPrograms(ModuleOp module,
                                        std::vector<LaunchProgram> &programs) {
  std::vector<EntrySignature> signatures;
  if (failed(getEntrySignatures(module, signatures)))
    return failure();
  for (EntrySignature &signature : signatures) {
    auto host = module.lookupSymbol<func::FuncOp>(signature.name);
    LaunchProgram &program = programs.emplace_back();
    program.signature = std::move(signature);
    if (failed(ProgramReader(host, program).read()))
      return failure();
  }
  return success();
}
