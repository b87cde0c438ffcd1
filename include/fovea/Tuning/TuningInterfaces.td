//===- TuningInterfaces.td - what tuning asks of operations -*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_TUNING_INTERFACES_TD
#define FOVEA_TUNING_INTERFACES_TD

include "mlir/IR/OpBase.td"

def Tuning_ScheduleOpInterface : OpInterface<"ScheduleOpInterface"> {
  let cppNamespace = "::fovea::tuning";
  let description = [{
    How an attn operation is scheduled on a CPU, and which schedules it can have at all.
  }];
  let methods = [
    InterfaceMethod<[{
        Tokens (windows, for an operation over windows) of a tile on a CPU. A group takes
        the fewest of its operations that read keys.
      }], "int64_t", "chooseTokens">,
    InterfaceMethod<"Keys of a block on a CPU.", "int64_t", "chooseKeys">,
    InterfaceMethod<[{
        Columns that one product takes on a CPU, where the operation multiplies in parts;
        0: all of them.
      }], "int64_t", "chooseDepth", (ins), [{}], [{ return 0; }]>,
    InterfaceMethod<[{
        Emits an error and fails where the operation can not have `schedule`, on whatever
        target.
      }], "::llvm::LogicalResult", "verifySchedule",
      (ins "::fovea::tile::ScheduleAttr":$schedule), [{}], [{ return ::mlir::success(); }]>
  ];
}

def Tuning_GpuScheduleOpInterface : OpInterface<"GpuScheduleOpInterface"> {
  let cppNamespace = "::fovea::tuning";
  let description = [{
    What kernels of a GPU can compute of an attn operation, and how they are scheduled.
  }];
  let methods = [
    InterfaceMethod<[{
        Emits an error and fails where no kernel of a GPU has the operation's shapes,
        whatever its schedule.
      }], "::llvm::LogicalResult", "verifyGpuShape">,
    InterfaceMethod<"Adds what the operation needs of a kernel whose schedule is chosen for "
                    "its key blocks.",
      "void", "addDemand", (ins "::fovea::tuning::GpuDemand &":$demand), [{}], [{ (void)demand; }]>,
    InterfaceMethod<[{
        Schedules for a kernel of the operation alone, the most promising first. Empty where
        no tile fits the target.
      }], "::llvm::SmallVector<::fovea::tile::ScheduleAttr>", "getGpuCandidates",
      (ins "const ::fovea::GpuTargetInfo &":$target)>,
    InterfaceMethod<[{
        Whether each result may have a kernel of its own, which needs less: it is what is
        tried where no kernel of all of them fits.
      }], "bool", "takesResultsApart", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<[{
        In a function of few queries, the parts of a tile's keys that programs of their own
        visit: 1, or more where the operation can be cut so (`getQueryParts`).
      }], "int64_t", "getPartsOfFew", (ins), [{}], [{ return int64_t(1); }]>,
    InterfaceMethod<"The sizes that decide what fits, in the words of a spec.",
      "std::string", "describeSizes">,
    InterfaceMethod<[{
        All that the time of the operation's kernel depends on but its schedule, as
        `attend<group = 16, dims = 128 x 128, ...>`: a table of measured schedules is asked
        for this text, so that it stays what it is (fovea/Tuning/KernelDescription.h).
      }], "std::string", "describeKernel">
  ];
}

def Tuning_WorkOpInterface : OpInterface<"WorkOpInterface"> {
  let cppNamespace = "::fovea::tuning";
  let description = [{
    How much an attn operation must do, whatever computes it.
  }];
  let methods = [
    InterfaceMethod<"Adds the operation's work to the counts of its kernel.",
      "void", "countWork", (ins "::fovea::tuning::WorkCounter &":$counter)>
  ];
}

#endif // FOVEA_TUNING_INTERFACES_TD
