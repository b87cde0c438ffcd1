//===- TileLaunch.cpp - what is said of kernels ---------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Tile/IR/Tile.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace fovea;
using namespace fovea::tile;

using EmitError = function_ref<InFlightDiagnostic()>;

#include "fovea/Dialect/Tile/IR/TileAttrInterfaces.cpp.inc"

/// pointer_c1, size_c1, scalar_c1, tensor_map_c1.
static LogicalResult verifyArgument(EmitError emitError, int64_t argument) {
  if (argument < 0)
    return emitError() << "expected an argument of at least 0, got " << argument;
  return success();
}

/// The launch's argument `argument`; null, after a diagnostic, where it has none.
static Type findArgument(EmitError emitError, TypeRange arguments, int64_t argument) {
  if (size_t(argument) < arguments.size())
    return arguments[argument];
  emitError() << "expected the kernel's params to name one of " << arguments.size()
              << " arguments, got argument " << argument;
  return nullptr;
}

/// Argument `argument` as an array; null, after a diagnostic, where it is none.
static MemRefType findArray(EmitError emitError, TypeRange arguments, int64_t argument,
                            StringRef keyword) {
  Type type = findArgument(emitError, arguments, argument);
  auto array = dyn_cast_or_null<MemRefType>(type);
  if (type && !array)
    emitError() << "expected argument " << argument << ", a " << keyword
                << " of the kernel, to be a memref, got " << type;
  return array;
}

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

LogicalResult PointerAttr::verify(EmitError emitError, int64_t argument, bool) {
  return verifyArgument(emitError, argument); // pointer_c1
}

bool PointerAttr::isPassedAs(Type type) const { return !type.isIntOrIndexOrFloat(); }

LogicalResult PointerAttr::verifyLaunch(EmitError emitError,
                                        TypeRange arguments) const {
  return success(bool(findArray(emitError, arguments, getArgument(), getMnemonic())));
}

LogicalResult SizeAttr::verify(EmitError emitError, int64_t argument, int64_t axis) {
  if (axis < 0) // size_c1
    return emitError() << "expected an axis of at least 0, got " << axis;
  return verifyArgument(emitError, argument);
}

bool SizeAttr::isPassedAs(Type type) const { return type.isInteger(64); }

LogicalResult SizeAttr::verifyLaunch(EmitError emitError, TypeRange arguments) const {
  MemRefType type = findArray(emitError, arguments, getArgument(), getMnemonic());
  if (!type)
    return failure();
  if (getAxis() >= type.getRank())
    return emitError() << "expected argument " << getArgument() << " to have an axis "
                       << getAxis() << ", got " << type;
  return success();
}

LogicalResult ScalarAttr::verify(EmitError emitError, int64_t argument, Type type) {
  if (!type.isInteger(64) && !type.isInteger(32) && !type.isF32()) // scalar_c2
    return emitError() << "expected a scalar of i64, i32 or f32, got " << type;
  return verifyArgument(emitError, argument); // scalar_c1
}

bool ScalarAttr::isPassedAs(Type type) const { return type == getType(); }

LogicalResult ScalarAttr::verifyLaunch(EmitError emitError, TypeRange arguments) const {
  Type type = findArgument(emitError, arguments, getArgument());
  if (!type)
    return failure();
  if (type != getType() && !(type.isIndex() && !getType().isF32()))
    return emitError() << "expected argument " << getArgument()
                       << " to be what the kernel takes as a scalar of " << getType()
                       << ", got " << type;
  return success();
}

LogicalResult ProgramsAttr::verify(EmitError emitError, int64_t axis) {
  if (axis < 0 || axis >= kGridRank) // programs_c1
    return emitError() << "expected an axis of a grid of at most " << kGridRank
                       << ", got " << axis;
  return success();
}

bool ProgramsAttr::isPassedAs(Type type) const { return type.isInteger(32); }

LogicalResult ProgramsAttr::verifyLaunch(EmitError, TypeRange) const {
  return success();
}

LogicalResult TensorMapAttr::verify(EmitError emitError, int64_t argument,
                                    DenseI64ArrayAttr box, int64_t swizzle) {
  if (box.empty() || box.size() > 5 || llvm::any_of(box.asArrayRef(), [](int64_t n) {
        return n < 1 || n > 256;
      })) // tensor_map_c2
    return emitError() << "expected a box of 1 to 5 sizes of 1 to 256, got " << box;
  if (!llvm::is_contained({0, 32, 64, 128}, swizzle)) // tensor_map_c3
    return emitError() << "expected a swizzle of 0, 32, 64 or 128, got " << swizzle;
  return verifyArgument(emitError, argument); // tensor_map_c1
}

bool TensorMapAttr::isPassedAs(Type type) const { return !type.isIntOrIndexOrFloat(); }

LogicalResult TensorMapAttr::verifyLaunch(EmitError emitError,
                                          TypeRange arguments) const {
  MemRefType type = findArray(emitError, arguments, getArgument(), getMnemonic());
  if (!type)
    return failure();
  if (getBox().size() != type.getRank())
    return emitError() << "expected a tensor map's box of as many sizes as argument "
                       << getArgument() << ", " << type << ", got " << getBox().size();
  return success();
}

//===----------------------------------------------------------------------===//
// Of whole kernels
//===----------------------------------------------------------------------===//

LogicalResult KernelAbiAttr::verify(EmitError emitError, int64_t threads,
                                    int64_t sharedBytes, ArrayAttr params) {
  if (threads < 1) // kernel_abi_c1
    return emitError() << "expected threads of at least 1, got " << threads;
  if (sharedBytes < 0) // kernel_abi_c2
    return emitError() << "expected shared_bytes of at least 0, got " << sharedBytes;
  for (Attribute param : params)
    if (!isa<KernelParamInterface>(param)) // kernel_abi_c3
      return emitError() << "expected params to be #tile.pointer, #tile.size, "
                            "#tile.scalar, #tile.programs or #tile.tensor_map, got "
                         << param;
  return success();
}

LogicalResult WorkAttr::verify(EmitError emitError, int64_t flops, int64_t exps,
                               int64_t bytes, int64_t keyBytes) {
  for (int64_t count : {flops, exps, bytes, keyBytes})
    if (count < 0) // work_c1
      return emitError() << "expected counts of at least 0, got " << count;
  return success();
}

/// By name: the dialect needs nothing else of the GPU dialect.
static bool isKernelModule(Operation *op) {
  return op->getName().getStringRef() == "gpu.module";
}

bool fovea::tile::isLoweredKernel(Operation *op) {
  return isKernelModule(op) && getKernelAbi(op);
}

KernelAbiAttr fovea::tile::getKernelAbi(Operation *op) {
  return op->getAttrOfType<KernelAbiAttr>(kKernelAbiAttrName);
}

//===----------------------------------------------------------------------===//
// Discardable attributes
//===----------------------------------------------------------------------===//

namespace {
/// A discardable attribute of the dialect: what it is called, and what it must be.
struct KnownAttribute {
  StringRef name;
  bool (*fits)(Attribute);
  StringRef expected;
};
} // namespace

template <typename AttrT> static bool isOf(Attribute attribute) {
  return isa<AttrT>(attribute);
}
static bool isPositive(Attribute attribute) {
  auto number = dyn_cast<IntegerAttr>(attribute);
  return number && number.getType().isInteger(64) && number.getInt() > 0;
}

static const KnownAttribute ofOperations[] = {
    {kScheduleAttrName, isOf<ScheduleAttr>, "a #tile.schedule"},
    {kCandidatesAttrName, isOf<CandidatesAttr>, "a #tile.candidates"},
    {kCandidateAttrName, isOf<CandidateAttr>, "a #tile.candidate"},
    {kWorkAttrName, isOf<WorkAttr>, "a #tile.work"},
    {kHeadsAttrName, isPositive, "a positive i64"},
    {kRingAttrName, isPositive, "a positive i64"},
    {kKernelAbiAttrName, isOf<KernelAbiAttr>, "a #tile.kernel_abi"},
    {kEntryAttrName, isOf<UnitAttr>, "a unit"},
    {kMostTokensAttrName, isPositive, "a positive i64"},
};
static const KnownAttribute ofArguments[] = {
    {kNameAttrName, isOf<StringAttr>, "a string"},
    {kRowsAttrName, isOf<StringAttr>, "a string"},
    {kOutputAttrName, isOf<UnitAttr>, "a unit"},
    {kInPlaceAttrName, isOf<UnitAttr>, "a unit"},
};

static LogicalResult verifyKnown(Operation *op, NamedAttribute attribute,
                                 ArrayRef<KnownAttribute> known) {
  auto *found = llvm::find_if(known, [&](const KnownAttribute &one) {
    return one.name == attribute.getName();
  });
  if (found == known.end()) {
    InFlightDiagnostic diagnostic = op->emitError() << "expected one of ";
    llvm::interleaveComma(known, diagnostic,
                          [&](const KnownAttribute &one) { diagnostic << one.name; });
    return diagnostic << ", got " << attribute.getName().getValue();
  }
  if (!found->fits(attribute.getValue()))
    return op->emitError() << "expected " << found->name << " to be " << found->expected
                           << ", got " << attribute.getValue();
  return success();
}

LogicalResult TileDialect::verifyOperationAttribute(Operation *op,
                                                    NamedAttribute attribute) {
  if (failed(verifyKnown(op, attribute, ofOperations)))
    return failure();
  if (attribute.getName() == kKernelAbiAttrName && !isKernelModule(op))
    return op->emitError() << "expected " << kKernelAbiAttrName
                           << " on a gpu.module, got it on " << op->getName();
  return success();
}

LogicalResult TileDialect::verifyRegionArgAttribute(Operation *op, unsigned, unsigned,
                                                    NamedAttribute attribute) {
  return verifyKnown(op, attribute, ofArguments);
}
