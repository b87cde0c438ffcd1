//===- RoleWriter.h - one role's copy of a kernel ---------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// The kernel's body is written twice, once per role. Both copies keep the control flow
// that leads to a load into shared memory, so both count the tiles of each ring in the
// same order; the counts are values that loops carry. What a role does not need is dead
// code afterwards.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DIALECT_TILE_TRANSFORMS_ROLEWRITER_H
#define FOVEA_LIB_DIALECT_TILE_TRANSFORMS_ROLEWRITER_H

#include "RingPlan.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"

namespace fovea::tile {

enum class Role { Producer, Consumer };

class RoleWriter {
public:
  RoleWriter(Role role, const RingPlan &plan, mlir::ImplicitLocOpBuilder &b)
      : role(role), plan(plan), b(b) {}

  /// Writes the loop over programs at the builder's place. `arguments` are the new
  /// kernel's, for those of `source`.
  llvm::LogicalResult write(mlir::Region &source, mlir::ValueRange arguments,
                            ProgramOrder order);

private:
  using Values = llvm::SmallVector<mlir::Value>;

  // RoleWriter.cpp: operations, branches and loops.
  llvm::LogicalResult writeBlock(mlir::Block &block);
  llvm::FailureOr<Values> writeBody(mlir::Block &block, bool counted);
  llvm::LogicalResult writeOp(mlir::Operation *op);
  mlir::LogicalResult writeLoad(LoadOp load);
  void releaseSlots(llvm::ArrayRef<GetOp> gets);
  llvm::LogicalResult writeIf(mlir::scf::IfOp op);
  llvm::LogicalResult writeFor(mlir::scf::ForOp op);

  // WriteVisits.cpp: loops over visits.
  llvm::LogicalResult writeVisits(ForVisitsOp op);
  void writePost(ForVisitsOp source, ForVisitsOp loop);
  llvm::LogicalResult writeStream(ForVisitsOp op);
  Values takeVisit(ForVisitsOp op);
  llvm::FailureOr<Values> writeListedVisit(ForVisitsOp op, mlir::ValueRange visit);
  void skipVisit(ForVisitsOp op);

  bool isKept(mlir::Type type) const {
    return role == Role::Consumer || !mlir::isa<mlir::RankedTensorType>(type);
  }
  /// The values that this role has, of those of the source.
  Values kept(mlir::ValueRange source) const;
  void mapKept(mlir::ValueRange source, mlir::ValueRange copies);
  /// What loops carry: the kept values, then the counts, of rings that have one count
  /// the leader's (RingPlan).
  Values withCounts(Values values) const;
  void takeCounts(mlir::ValueRange values);
  mlir::Value next(unsigned ring);
  mlir::Value i32(int64_t value);

  Role role;
  const RingPlan &plan;
  mlir::ImplicitLocOpBuilder &b;
  mlir::IRMapping map;
  Values counts;
  llvm::SmallVector<GetOp> open; ///< gets of the block that is being written
};

} // namespace fovea::tile

#endif // FOVEA_LIB_DIALECT_TILE_TRANSFORMS_ROLEWRITER_H
