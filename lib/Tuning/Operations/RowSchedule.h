//===- RowSchedule.h - operations on rows of any tokens ---------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_TUNING_OPERATIONS_ROWSCHEDULE_H
#define FOVEA_LIB_TUNING_OPERATIONS_ROWSCHEDULE_H

#include "../GpuShapes.h"
#include "Models.h"
#include "fovea/Dialect/Attn/IR/PackedShape.h"
#include "fovea/Dialect/Tile/IR/Placement.h"
#include "fovea/Tuning/CpuModel.h"
#include "fovea/Tuning/GpuSchedule.h"
#include "fovea/Tuning/TuningInterfaces.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <numeric>

namespace fovea::tuning {

/// What a specialization for each such operation says of it: the rows, [T, heads, D],
/// that its tiles are of (`getRows`), and, where it has a kernel to itself on a GPU,
/// what else that one's time depends on (`describe`).
template <typename OpT> struct RowOperation;

/// Emits an error and fails where `packed` is not [T, heads, D].
inline llvm::LogicalResult verifyPacked(mlir::Operation *op, mlir::Value packed) {
  if (attn::tensorType(packed).getRank() == 3)
    return llvm::success();
  return op->emitOpError() << "expected rows [tokens, heads, D], of which alone there "
                              "is a kernel, got "
                           << packed.getType();
}

/// On a CPU.
template <typename OpT>
struct RowSchedule final : ScheduleOpInterface::ExternalModel<RowSchedule<OpT>, OpT> {
  int64_t chooseTokens(mlir::Operation *op) const {
    auto type = attn::tensorType(RowOperation<OpT>::getRows(mlir::cast<OpT>(op)));
    int64_t heads = type.getRank() == 3 ? type.getDimSize(1) : 1;
    return std::max<int64_t>(1, kTargetRows / heads);
  }
  int64_t chooseKeys(mlir::Operation *) const { return kTargetKeys; }
  llvm::LogicalResult verifySchedule(mlir::Operation *op, tile::ScheduleAttr) const {
    return verifyPacked(op, RowOperation<OpT>::getRows(mlir::cast<OpT>(op)));
  }
};

/// Emits an error and fails where a GPU's threads do not hold rows of `packed`,
/// [T, heads, D], in registers.
inline llvm::LogicalResult verifyRowShape(mlir::Operation *op, mlir::Value packed) {
  if (failed(verifyPacked(op, packed)))
    return llvm::failure();
  int64_t dim = attn::dimOf(packed);
  if (dim % 8 != 0)
    return op->emitOpError() << "expected 8 to divide the head dim on a GPU, got "
                             << dim;
  if (dim > kMostColumns)
    return op->emitOpError() << "expected a head dim of at most " << kMostColumns
                             << " on a GPU, got " << dim;
  return llvm::success();
}

/// A warpgroup's rows, whose threads may have the most registers that there are: where
/// the heads make no 64 rows, parts of them do, each with programs of its own.
inline tile::ScheduleAttr makeRowSchedule(mlir::MLIRContext *context, int64_t heads) {
  int64_t rowsEach = std::gcd(heads, kGroupRows);
  return makeSchedule(context, kGroupRows / rowsEach, tile::kFragmentRows,
                      {/*groupRows=*/rowsEach == heads ? 0 : rowsEach});
}

/// On a GPU, of an operation that is alone in its kernel.
template <typename OpT>
struct RowGpuSchedule final
    : GpuScheduleOpInterface::ExternalModel<RowGpuSchedule<OpT>, OpT> {
  llvm::LogicalResult verifyGpuShape(mlir::Operation *op) const {
    return verifyRowShape(op, RowOperation<OpT>::getRows(mlir::cast<OpT>(op)));
  }

  llvm::SmallVector<tile::ScheduleAttr> getGpuCandidates(mlir::Operation *op,
                                                         const GpuTargetInfo &) const {
    return listResidencies(makeRowSchedule(
        op->getContext(),
        attn::headsOf(RowOperation<OpT>::getRows(mlir::cast<OpT>(op)))));
  }

  std::string describeSizes(mlir::Operation *op) const {
    mlir::Value rows = RowOperation<OpT>::getRows(mlir::cast<OpT>(op));
    return std::to_string(attn::headsOf(rows)) + " heads of " +
           std::to_string(attn::dimOf(rows));
  }

  std::string describeKernel(mlir::Operation *op) const {
    mlir::Value rows = RowOperation<OpT>::getRows(mlir::cast<OpT>(op));
    std::string text;
    llvm::raw_string_ostream stream(text);
    stream << OpT::getOperationName().substr(sizeof("attn.") - 1)
           << "<heads = " << attn::headsOf(rows) << ", dim = " << attn::dimOf(rows)
           << ", type = " << typeOf(rows)
           << RowOperation<OpT>::describe(mlir::cast<OpT>(op)) << ">";
    return text;
  }
};

} // namespace fovea::tuning

#endif // FOVEA_LIB_TUNING_OPERATIONS_ROWSCHEDULE_H
