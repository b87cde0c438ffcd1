//===- SequenceChecks.cpp - is cu_seqlens well formed, on a GPU ------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// The one kernel that is no kernel of tiles. It depends on no spec, so that all bundles
// have the same code of it, and is written here as it is read.
//
//===----------------------------------------------------------------------===//

#include "fovea/Target/Bundle/LaunchProgram.h"

#include "fovea/Dialect/Tile/IR/Tile.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"

using namespace mlir;
using namespace fovea;

/// One block, whose threads stride over the offsets. Offset 0 must be 0; a later one is
/// at least the one before it and at most the number of tokens. The least number of a
/// wrong one is left in shared memory, whatever the order in which threads find theirs;
/// as unsigned numbers, -1, for none, is above all.
static constexpr llvm::StringLiteral kKernel = R"mlir(
gpu.module @fovea_check_sequences attributes {tile.kernel_abi = #tile.kernel_abi<threads = 1024, shared_bytes = 0, params = [
    #tile.pointer<argument = 0>, #tile.size<argument = 0, axis = 0>, #tile.scalar<argument = 1, type = i64>,
    #tile.pointer<argument = 2>]>} {
  llvm.mlir.global internal @least() {addr_space = 3 : i32, alignment = 4 : i64} : i32
  llvm.func @fovea_check_sequences(%cu: !llvm.ptr<1>, %count: i64, %tokens: i64, %report: !llvm.ptr<1>)
      attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 1024, 1, 1>} {
    %none = arith.constant -1 : i32
    %zero = arith.constant 0 : i32
    %c0 = arith.constant 0 : i64
    %c1 = arith.constant 1 : i64
    %threads = arith.constant 1024 : i64
    %thread = nvvm.read.ptx.sreg.tid.x : i32
    %first = arith.extui %thread : i32 to i64
    %shared = llvm.mlir.addressof @least : !llvm.ptr<3>
    %writes = arith.cmpi eq, %thread, %zero : i32
    scf.if %writes {
      llvm.store %none, %shared : i32, !llvm.ptr<3>
    }
    nvvm.barrier0
    %mine = scf.for %i = %first to %count step %threads iter_args(%least = %none) -> (i32) : i64 {
      %isFirst = arith.cmpi eq, %i, %c0 : i64
      %left = arith.subi %i, %c1 : i64
      %before = arith.select %isFirst, %c0, %left : i64
      %at = llvm.getelementptr %cu[%i] : (!llvm.ptr<1>, i64) -> !llvm.ptr<1>, i32
      %atBefore = llvm.getelementptr %cu[%before] : (!llvm.ptr<1>, i64) -> !llvm.ptr<1>, i32
      %offset = llvm.load %at {alignment = 4 : i64} : !llvm.ptr<1> -> i32
      %offsetBefore = llvm.load %atBefore {alignment = 4 : i64} : !llvm.ptr<1> -> i32
      %low = arith.select %isFirst, %zero, %offsetBefore : i32
      %high = arith.select %isFirst, %c0, %tokens : i64
      %wide = arith.extsi %offset : i32 to i64
      %below = arith.cmpi slt, %offset, %low : i32
      %above = arith.cmpi sgt, %wide, %high : i64
      %wrong = arith.ori %below, %above : i1
      %number = arith.trunci %i : i64 to i32
      %candidate = arith.select %wrong, %number, %none : i32
      %next = arith.minui %least, %candidate : i32
      scf.yield %next : i32
    }
    %found = arith.cmpi ne, %mine, %none : i32
    scf.if %found {
      %old = llvm.atomicrmw umin %shared, %mine monotonic : !llvm.ptr<3>, i32
    }
    nvvm.barrier0
    scf.if %writes {
      %result = llvm.load %shared : !llvm.ptr<3> -> i32
      llvm.store %result, %report : i32, !llvm.ptr<1>
    }
    llvm.return
  }
}
)mlir";

void fovea::addSequenceChecks(ModuleOp module) {
  SmallVector<tile::CheckSequencesOp> checks;
  for (auto function : module.getOps<func::FuncOp>())
    if (function->hasAttr(tile::kEntryAttrName))
      function.walk([&](tile::CheckSequencesOp check) {
        if (!check.getKernel())
          checks.push_back(check);
      });
  if (checks.empty())
    return;
  OwningOpRef<ModuleOp> parsed =
      parseSourceString<ModuleOp>(kKernel, module.getContext());
  Operation *kernel = &parsed->getBody()->front();
  kernel->remove();
  SymbolTable symbols(module);
  StringAttr name = symbols.insert(kernel);
  for (tile::CheckSequencesOp check : checks)
    check.setKernelAttr(FlatSymbolRefAttr::get(name));
}
