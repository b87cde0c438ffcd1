//===- TileKernelOps.cpp - kernels and their launches ---------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Tile/IR/Tile.h"

#include "InPlace.h"
#include "RingWalk.h"
#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/FunctionImplementation.h"

using namespace mlir;
using namespace fovea;
using namespace fovea::tile;

void KernelOp::build(OpBuilder &builder, OperationState &state, StringRef name,
                     TypeRange argTypes) {
  state.addAttribute(getSymNameAttrName(state.name), builder.getStringAttr(name));
  state.addAttribute(getFunctionTypeAttrName(state.name),
                     TypeAttr::get(builder.getFunctionType(argTypes, {})));
  Block *body = new Block;
  state.addRegion()->push_back(body);
  for (Type type : argTypes)
    body->addArgument(type, state.location);
}

ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &result) {
  auto buildType = [](Builder &builder, ArrayRef<Type> inputs, ArrayRef<Type> results,
                      function_interface_impl::VariadicFlag, std::string &) {
    return builder.getFunctionType(inputs, results);
  };
  return function_interface_impl::parseFunctionOp(
      parser, result, /*allowVariadic=*/false, getFunctionTypeAttrName(result.name),
      buildType, getArgAttrsAttrName(result.name), getResAttrsAttrName(result.name));
}

void KernelOp::print(OpAsmPrinter &printer) {
  function_interface_impl::printFunctionOp(
      printer, *this, /*isVariadic=*/false, getFunctionTypeAttrName(),
      getArgAttrsAttrName(), getResAttrsAttrName());
}

LogicalResult KernelOp::verify() {
  for (Type type : getArgumentTypes()) // kernel_c1
    if (!isa<MemRefType, IndexType, IntegerType, FloatType>(type))
      return emitOpError() << "expected arguments to be memrefs, indices, integers or "
                              "floats, got "
                           << type;
  for (Type type : getArgumentTypes()) // kernel_c6
    if (auto view = dyn_cast<MemRefType>(type))
      if (!view.getLayout().isIdentity() || view.getMemorySpace() ||
          !view.getElementType().isIntOrIndexOrFloat() ||
          !hasBoundedSizes(view.getShape()))
        return emitOpError() << "expected row-major views in the default memory space, "
                                "of numbers and at most "
                             << kMaxElements << " static elements, got " << type;
  if (!getResultTypes().empty()) // kernel_c2
    return emitOpError() << "expected no results, got " << getResultTypes();
  if (!getBody().hasOneBlock()) // kernel_c3
    return emitOpError() << "expected a body of one block, got "
                         << llvm::range_size(getBody()) << " blocks";
  return success();
}

LogicalResult KernelOp::verifyRegions() {
  Operation &last = getBody().front().back();
  if (!isa<ReturnOp>(last)) // kernel_c4
    return emitOpError() << "expected tile.return at the end, got " << last.getName();
  auto roles = getBody().getOps<SpecializeOp>();
  WalkResult result = walk([&](Operation *op) {
    bool onRing = isRingStep(op) || isa<ReleaseOp>(op);
    if (!onRing || (llvm::hasSingleElement(roles) && (*roles.begin())->isAncestor(op)))
      return WalkResult::advance();
    op->emitOpError() << "expected rings to be used in one tile.specialize only";
    return WalkResult::interrupt();
  });
  if (result.wasInterrupted()) // kernel_c5
    return failure();
  return verifyReadsOfStored(*this); // kernel_c7
}

LogicalResult LaunchOp::verify() {
  if (getGrid().empty() || getGrid().size() > kGridRank) // launch_c3
    return emitOpError() << "expected a grid of 1 to " << kGridRank << " sizes, got "
                         << getGrid().size();
  return success();
}

LogicalResult CheckSequencesOp::verify() {
  if (getLengths() && !getQueries()) // check_sequences_c2
    return emitOpError() << "expected queries where there are lengths, got none";
  if (std::optional<int64_t> tokens = getTokensPerRow();
      tokens && *tokens < 2) // check_sequences_c3
    return emitOpError() << "expected rows of at least 2 tokens, got " << *tokens;
  if (getWhole() && !getTokensPerRow()) // check_sequences_c4
    return emitOpError() << "expected rows of tokens that are whole, got none";
  return success();
}

LogicalResult CheckSequencesOp::verifySymbolUses(SymbolTableCollection &symbols) {
  FlatSymbolRefAttr name = getKernelAttr();
  if (!name)
    return success();
  Operation *kernel = symbols.lookupNearestSymbolFrom(*this, name);
  if (!kernel || !isLoweredKernel(kernel)) // check_sequences_c1
    return emitOpError() << "expected a gpu.module with `" << kKernelAbiAttrName
                         << "`, got " << name;
  return success();
}

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  Operation *callee = symbols.lookupNearestSymbolFrom(*this, getCalleeAttr());
  if (callee && isLoweredKernel(callee)) {
    auto emitError = [&] { return emitOpError(); };
    for (auto param :
         getKernelAbi(callee).getParams().getAsRange<KernelParamInterface>())
      if (failed(param.verifyLaunch(emitError, getArgs().getTypes()))) // launch_c2
        return failure();
    return success();
  }
  auto kernel = dyn_cast_or_null<KernelOp>(callee);
  if (!kernel) // launch_c1
    return emitOpError() << "expected a tile.kernel, or a gpu.module with `"
                         << kKernelAbiAttrName << "`, got @" << getCallee();
  if (!llvm::equal(getArgs().getTypes(), kernel.getArgumentTypes())) // launch_c2
    return emitOpError() << "expected arguments of types (" << kernel.getArgumentTypes()
                         << "), got (" << getArgs().getTypes() << ")";
  for (auto [i, view] : llvm::enumerate(getArgs())) // launch_c4
    if (isa<MemRefType>(view.getType()) && llvm::count(getArgs(), view) > 1 &&
        writes(kernel, i))
      return emitOpError() << "expected an array that the kernel writes to be one "
                              "argument, got argument "
                           << i << " twice";
  return success();
}
