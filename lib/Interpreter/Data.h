//===- Data.h - what values are while a kernel runs -------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_INTERPRETER_DATA_H
#define FOVEA_LIB_INTERPRETER_DATA_H

#include "fovea/Interpreter/Interpreter.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/DenseMap.h"

#include <limits>
#include <variant>

namespace fovea::tile {

class Ring;
struct Product;

/// A tile's elements, row-major: `floats`, or `ints` of i1 and i32.
struct Tile {
  explicit Tile(mlir::RankedTensorType type)
      : shape(type.getShape()),
        isFloat(llvm::isa<mlir::FloatType>(type.getElementType())) {
    if (isFloat)
      floats.resize(type.getNumElements(), std::numeric_limits<float>::quiet_NaN());
    else
      ints.resize(type.getNumElements());
  }
  int64_t rows() const { return shape[0]; }
  int64_t columns() const { return shape.size() == 2 ? shape[1] : 1; }
  int64_t size() const { return isFloat ? floats.size() : ints.size(); }

  llvm::SmallVector<int64_t, 2> shape;
  bool isFloat;
  std::vector<float> floats;
  std::vector<int32_t> ints;
};
using TileRef = std::shared_ptr<const Tile>;

/// One visit of a stream. No tokens: all of them.
struct Visit {
  int64_t block;
  bool masked;
  TileRef tokens;
};
using VisitsRef = std::shared_ptr<const std::vector<Visit>>;

/// A tile that `tile.get` gave: the slot itself, not its contents.
struct SlotUse {
  Ring *ring;
  int64_t number;
};

using Datum = std::variant<std::monostate, int64_t, float, TileRef, SlotUse, BufferRef,
                           VisitsRef, Ring *, std::shared_ptr<Product>>;
using Environment = llvm::DenseMap<mlir::Value, Datum>;

/// The findings of a run. The first one ends it.
class Findings {
public:
  Finding &report(FindingKind kind, mlir::Location loc, std::string message) {
    list.push_back({kind, loc, std::move(message), {}});
    return list.back();
  }
  bool any() const { return !list.empty(); }
  std::vector<Finding> take() { return std::move(list); }

private:
  std::vector<Finding> list;
};

} // namespace fovea::tile

#endif // FOVEA_LIB_INTERPRETER_DATA_H
