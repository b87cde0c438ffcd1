//===- NumericsOpInterface.td - numbers of operations ------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_NUMERICS_NUMERICS_OP_INTERFACE_TD
#define FOVEA_NUMERICS_NUMERICS_OP_INTERFACE_TD

include "mlir/IR/OpBase.td"

def Numerics_NumericsOpInterface : OpInterface<"NumericsOpInterface"> {
  let cppNamespace = "::fovea";
  let description = [{
    Which numbers an attn operation may be given where somebody makes them up, and how
    far the numbers that a device gives back may be off.
  }];
  let methods = [
    InterfaceMethod<"What values of operand number `operand` make sense.",
      "::fovea::ValueRole", "getOperandRole", (ins "unsigned":$operand),
      [{}], [{ return ::fovea::ValueRole(); }]>,
    InterfaceMethod<"What the values of result number `result` are.",
      "::fovea::ValueRole", "getResultRole", (ins "unsigned":$result),
      [{}], [{ return ::fovea::ValueRole(); }]>,
    InterfaceMethod<"The blocks that the operation chooses by their scores; none if it "
                    "chooses none.",
      "::std::optional<::fovea::BlockChoice>", "getChoice", (ins),
      [{}], [{ return ::std::nullopt; }]>,
    InterfaceMethod<"What a query attends to, for reports and plots; nothing if the "
                    "operation is no attention.",
      "::std::optional<::fovea::AttendedKeys>", "getAttendedKeys", (ins),
      [{}], [{ return ::std::nullopt; }]>,
    InterfaceMethod<[{
        Says of each element of the results how far it may be off (docs/numerics.md); a
        result of which nothing is said is exact.
      }], "::llvm::Error", "deriveBounds", (ins "::fovea::ErrorBounds &":$bounds)>
  ];
}

#endif // FOVEA_NUMERICS_NUMERICS_OP_INTERFACE_TD
