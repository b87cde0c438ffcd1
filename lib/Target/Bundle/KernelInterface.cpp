//===- KernelInterface.cpp - how a kernel is launched ---------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Target/Bundle/KernelInterface.h"

#include "fovea/Dialect/Tile/IR/Tile.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"

#include <optional>

using namespace fovea;
using mlir::failure;
using mlir::success;

static constexpr ParamKind allKinds[] = {ParamKind::Pointer, ParamKind::Size,
                                         ParamKind::Scalar, ParamKind::Programs,
                                         ParamKind::TensorMap};

llvm::StringRef fovea::getName(ParamKind kind) {
  switch (kind) {
  case ParamKind::Pointer:
    return "pointer";
  case ParamKind::Size:
    return "size";
  case ParamKind::Scalar:
    return "scalar";
  case ParamKind::Programs:
    return "programs";
  case ParamKind::TensorMap:
    return "tensor_map";
  }
  llvm_unreachable("all kinds have a name");
}

namespace {

/// Reads typed entries of one dictionary; the first that is missing or of another
/// type is a diagnostic.
class DictionaryReader final {
public:
  DictionaryReader(mlir::Operation *op, mlir::DictionaryAttr dictionary,
                   std::string place)
      : op(op), dictionary(dictionary), place(std::move(place)) {}

  mlir::InFlightDiagnostic emitError() const {
    return op->emitError() << "in `" << tile::kLoweredKernelAttrName << "`" << place
                           << ": ";
  }

  /// At least `least`.
  mlir::LogicalResult read(llvm::StringRef key, int64_t &value,
                           int64_t least = 0) const {
    auto attr = dictionary.getAs<mlir::IntegerAttr>(key);
    if (!attr || attr.getInt() < least)
      return emitError() << "expected an integer `" << key << "` of at least " << least
                         << ", got " << dictionary.get(key);
    value = attr.getInt();
    return success();
  }

  mlir::LogicalResult read(llvm::StringRef key, std::string &value,
                           llvm::ArrayRef<llvm::StringRef> choices) const {
    auto attr = dictionary.getAs<mlir::StringAttr>(key);
    if (!attr || !llvm::is_contained(choices, attr.getValue())) {
      mlir::InFlightDiagnostic diagnostic = emitError();
      diagnostic << "expected `" << key << "` to be one of ";
      llvm::interleaveComma(choices, diagnostic);
      return diagnostic << ", got " << dictionary.get(key);
    }
    value = attr.str();
    return success();
  }

private:
  mlir::Operation *op;
  mlir::DictionaryAttr dictionary;
  std::string place;
};

} // namespace

static mlir::LogicalResult readTensorMap(const DictionaryReader &reader,
                                         mlir::DictionaryAttr attr,
                                         KernelParam &param) {
  auto box = attr.getAs<mlir::DenseI64ArrayAttr>("box");
  if (!box || box.empty() || box.size() > 5 ||
      llvm::any_of(box.asArrayRef(), [](int64_t n) { return n < 1 || n > 256; }))
    return reader.emitError() << "expected `box` to be 1 to 5 sizes of 1 to 256, got "
                              << attr.get("box");
  param.box = box.asArrayRef().vec();
  if (failed(reader.read("swizzle", param.swizzle)))
    return failure();
  if (!llvm::is_contained({0, 32, 64, 128}, param.swizzle))
    return reader.emitError() << "expected `swizzle` to be 0, 32, 64 or 128, got "
                              << param.swizzle;
  return success();
}

static mlir::LogicalResult readParam(const DictionaryReader &reader,
                                     mlir::DictionaryAttr attr, KernelParam &param) {
  std::string name;
  auto names =
      llvm::map_to_vector(allKinds, [](ParamKind kind) { return getName(kind); });
  if (failed(reader.read("kind", name, names)))
    return failure();
  param.kind =
      *llvm::find_if(allKinds, [&](auto kind) { return getName(kind) == name; });
  if (param.kind != ParamKind::Programs &&
      failed(reader.read("argument", param.argument)))
    return failure();
  switch (param.kind) {
  case ParamKind::Pointer:
    return success();
  case ParamKind::Size:
  case ParamKind::Programs:
    return reader.read("axis", param.axis);
  case ParamKind::Scalar:
    return reader.read("type", param.type, {"i64", "i32", "f32"});
  case ParamKind::TensorMap:
    return readTensorMap(reader, attr, param);
  }
  llvm_unreachable("all kinds are read");
}

mlir::LogicalResult fovea::readKernelInterface(mlir::Operation *kernelModule,
                                               KernelInterface &interface) {
  auto attr =
      kernelModule->getAttrOfType<mlir::DictionaryAttr>(tile::kLoweredKernelAttrName);
  if (!attr)
    return kernelModule->emitError()
           << "expected a dictionary `" << tile::kLoweredKernelAttrName << "`, got "
           << kernelModule->getAttr(tile::kLoweredKernelAttrName);
  DictionaryReader reader(kernelModule, attr, "");
  if (failed(reader.read("threads", interface.threads, 1)) ||
      failed(reader.read("shared_bytes", interface.sharedBytes)))
    return failure();
  auto params = attr.getAs<mlir::ArrayAttr>("params");
  if (!params)
    return reader.emitError() << "expected an array `params`, got "
                              << attr.get("params");
  for (auto [i, element] : llvm::enumerate(params)) {
    std::string place = ", param " + std::to_string(i);
    auto dictionary = mlir::dyn_cast<mlir::DictionaryAttr>(element);
    if (!dictionary)
      return DictionaryReader(kernelModule, attr, place).emitError()
             << "expected a dictionary, got " << element;
    if (failed(readParam(DictionaryReader(kernelModule, dictionary, place), dictionary,
                         interface.params.emplace_back())))
      return failure();
  }
  return success();
}
