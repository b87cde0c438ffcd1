//===- AttnTypes.td - what operations of attention take ----*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// For the operations of this dialect, and for those of another that join them.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_ATTN_TYPES_TD
#define FOVEA_ATTN_TYPES_TD

include "mlir/IR/CommonTypeConstraints.td"

def Attn_Float : AnyTypeOf<[F32, F16, BF16], "f32, f16 or bf16">;
/// Sizes whose products arithmetic may trust: see fovea/Support/Sizes.h.
def Attn_BoundedPred : CPred<
    "::fovea::hasBoundedSizes(::llvm::cast<::mlir::RankedTensorType>($_self).getShape())">;
def Attn_Packed : RankedTensorOf<[Attn_Float], [HasAnyRankOfPred<[3]>, Attn_BoundedPred],
    "packed rows [rows, heads, dim]">;
def Attn_RowStat : RankedTensorOf<[F32], [HasAnyRankOfPred<[2]>, Attn_BoundedPred],
    "row statistics [rows, heads]">;
def Attn_Scores : RankedTensorOf<[F32], [HasAnyRankOfPred<[3]>, Attn_BoundedPred],
    "scores [rows, kv heads, blocks]">;
def Attn_Indices : RankedTensorOf<[I32], [HasAnyRankOfPred<[3]>, Attn_BoundedPred],
    "index lists [rows, kv heads, count]">;
/// A ranked tensor without a dim of static size 0.
def Attn_NonEmptyPred : CPred<
    "!::llvm::is_contained(::llvm::cast<::mlir::RankedTensorType>($_self).getShape(), 0)">;
def Attn_CuSeqlens : RankedTensorOf<[I32], [HasAnyRankOfPred<[1]>, Attn_NonEmptyPred, Attn_BoundedPred],
    "non-empty [sequences + 1]">;
def Attn_Lengths : RankedTensorOf<[I32], [HasAnyRankOfPred<[1]>, Attn_BoundedPred],
    "[sequences]">;
def Attn_Parameter : RankedTensorOf<[Attn_Float], [Attn_BoundedPred],
    "parameter">;

#endif // FOVEA_ATTN_TYPES_TD
