//===- HostBuilder.h - the launch program of one function -------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_ATTNTOTILE_HOSTBUILDER_H
#define FOVEA_LIB_CONVERSION_ATTNTOTILE_HOSTBUILDER_H

#include "Kernel.h"
#include "fovea/Dialect/Attn/IR/FunctionRows.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/SymbolTable.h"

namespace fovea {

/// How a kernel sees an array: as a memref of the tensor's shape.
mlir::MemRefType viewType(mlir::Type tensor);

/// Emits a kernel of the rows of one or more views (RowKernels.cpp); gets the views and
/// how many rows each has.
using RowKernel =
    llvm::function_ref<void(TileBuilder &b, mlir::ValueRange views, mlir::Value rows)>;

/// Converts one function.
class HostBuilder {
public:
  HostBuilder(mlir::func::FuncOp source, mlir::SymbolTable &symbols)
      : source(source), symbols(symbols), b(source.getLoc(), source.getContext()) {}

  mlir::LogicalResult convert();

private:
  void dropGroupOutputs();
  mlir::LogicalResult verifyResults();
  void createFunction(const attn::FunctionRows &rows);
  TokenRows findRows(const attn::FunctionRows &rows, bool ofKeys);
  void emitStatusCheck(const attn::FunctionRows &rows);
  void shareBuffers();
  mlir::Value &bufferOf(mlir::Value tensor);
  mlir::LogicalResult convertOp(mlir::Operation *op);
  mlir::FailureOr<mlir::Value> allocate(const Kernel &kernel, mlir::OpResult result);
  mlir::Value allocateParts(const Kernel &kernel, mlir::OpResult result);
  void launchPartSums(const Kernel &kernel, mlir::Value parts, mlir::Value sums);
  /// Merges parts of an attention's rows and lse.
  void launchPartMerge(const Kernel &kernel, mlir::ValueRange parts);
  mlir::Value allocate(mlir::MemRefType type, mlir::ValueRange sizes);
  void launchRowKernel(llvm::StringRef label, mlir::ValueRange views,
                       mlir::ValueRange grid, RowKernel emit);
  mlir::SmallVector<mlir::Value> emitRowGrid(mlir::Value view, int64_t step,
                                             mlir::Value runs = {});
  mlir::FailureOr<tile::KernelOp> createKernel(const Kernel &kernel,
                                               mlir::ValueRange args);
  void freeWorkspace();

  mlir::func::FuncOp source;
  mlir::SymbolTable &symbols;
  TileBuilder b;
  mlir::func::FuncOp host;
  /// Of each tensor the memref of the host function.
  llvm::DenseMap<mlir::Value, mlir::Value> views;
  /// Of a tensor the one that takes its buffer.
  llvm::DenseMap<mlir::Value, mlir::Value> storedOver;
  /// What is allocated here.
  mlir::SmallVector<mlir::Value> workspace;
};

} // namespace fovea

#endif // FOVEA_LIB_CONVERSION_ATTNTOTILE_HOSTBUILDER_H
