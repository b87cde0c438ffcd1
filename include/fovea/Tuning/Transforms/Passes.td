//===- Passes.td - schedules and estimates -----------------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_TUNING_PASSES_TD
#define FOVEA_TUNING_PASSES_TD

include "mlir/Pass/PassBase.td"

def ListSchedulesPass : Pass<"attn-list-schedules", "::mlir::func::FuncOp"> {
  let summary = "List the schedules that each attn operation may have on a GPU";
  let description = [{
    A GPU kernel's tiles depend on the target: its cost model lists schedules, the most
    promising first, which this pass writes as `tile.candidates`. `attn-choose-schedules`
    takes the first; a driver whose lint refuses the kernel strikes it out and lowers the
    function again (fovea/Tuning/Candidates.h). What comes behind the last candidate of an
    `attn.group` is that its operations go apart, each a kernel with candidates of its own:
    what a fused epilogue at head dim 256 needs. A group that has no candidate, or no
    attention, goes apart here.

    A table of measured schedules (docs/tuning.md) that has the kernel puts its best one
    before those of the model, and behind it the runner-up: the file `table`, then those
    that Fovea comes with, unless `built-in-table` is off. A file that is no table is an
    error, and so is a schedule that the kernel cannot have.

    What has a schedule keeps it; where that has no part for a GPU, one of few tiles in
    flight is added. What has candidates keeps them.

    Precondition: `attn-fuse`, if it runs at all. Postcondition: every attn operation or
    group outside of groups has a `tile.schedule` with a part for a GPU, or
    `tile.candidates` that fit the target. Numerics: none.

    Before: `%o, %lse = attn.attend %q sees #attn.causal in %k, %v, %cu : ...`
    After: `%o, %lse = attn.attend %q sees #attn.causal in %k, %v, %cu {tile.candidates =
    #tile.candidates<key = "f.0", shape = "...", schedules = [<tokens = 12, keys = 80, gpu
    = <...>>, ...]>} : ...`
  }];
  let options = [Option<"target", "target", "std::string", "\"sm_90a\"",
                        "sm_80 or sm_90a">,
                 Option<"table", "table", "std::string", "\"\"",
                        "a file of measured schedules; empty: none">,
                 Option<"builtInTable", "built-in-table", "bool", "true",
                        "use the measured schedules that Fovea comes with">];
  let dependentDialects = ["::fovea::tile::TileDialect"];
}

def ChooseSchedulesPass : Pass<"attn-choose-schedules", "::mlir::func::FuncOp"> {
  let summary = "Write a schedule to every attn operation that has none";
  let description = [{
    The first of its `tile.candidates`, where it has these: for a GPU,
    `attn-list-schedules` lists them. `tile.candidate` then says whose candidate that was,
    and goes with the schedule to the kernel. For the CPU, which refuses no kernel, its
    cost model chooses. What has a schedule keeps it. The operations of a group get the
    group's number of tokens and rows, and its part for a GPU. Everything behind this pass
    reads schedules and chooses nothing.

    Precondition: `attn-fuse`, if it runs at all; for a GPU, `attn-list-schedules`.
    Postcondition: every attn operation has a schedule that fits. Numerics: none beyond
    the order of sums.

    Before: `%o, %lse = attn.attend %q sees #attn.causal in %k, %v, %cu : ...`
    After: `%o, %lse = attn.attend %q sees #attn.causal in %k, %v, %cu {tile.schedule =
    #tile.schedule<tokens = 16, keys = 64>} : ...`
  }];
  let dependentDialects = ["::fovea::tile::TileDialect"];
}

def EstimateWorkPass : Pass<"attn-estimate-work", "::mlir::func::FuncOp"> {
  let summary = "Write to every attn operation how much it must do";
  let description = [{
    Sizes are dynamic, so the counts are of one sequence of `tokens` tokens: `tile.work`
    holds the `flops` of matrix products, the `exps` of softmaxes and score regions, the `bytes`
    of arrays that the kernel reads and writes, and the `key_bytes` that its query tiles
    read of keys and values. What each counts is in `fovea/Tuning/Work.h`. Kernels inherit
    the attribute; `foveac --report` prints it.

    Precondition: `attn-fuse` and `attn-choose-schedules`, if they run at all: a group is
    counted as one kernel, and a schedule says how many queries are in a tile.
    Postcondition: every attn operation outside of groups, groups included, has a
    `tile.work`. Numerics: none.

    Before: `%o, %lse = attn.attend %q sees #attn.causal in %k, %v, %cu : ...`
    After: `%o, %lse = attn.attend %q sees #attn.causal in %k, %v, %cu {tile.work =
    #tile.work<flops = ..., bytes = 71303168, ...>} : ...`
  }];
  let options = [Option<"tokens", "tokens", "int64_t", "65536",
                        "length of the sequence that the counts are of">];
  let dependentDialects = ["::fovea::tile::TileDialect"];
}

#endif // FOVEA_TUNING_PASSES_TD
