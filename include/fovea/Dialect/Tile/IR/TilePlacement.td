//===- TilePlacement.td - where a tile lives ---------------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_TILE_PLACEMENT_TD
#define FOVEA_TILE_PLACEMENT_TD

include "fovea/Dialect/Tile/IR/TileDialect.td"
include "mlir/IR/BuiltinTypeInterfaces.td"
include "mlir/IR/TensorEncoding.td"

//===----------------------------------------------------------------------===//
// Encodings. A tile of the placed phase carries one as its tensor's encoding. The set
// is closed; Placement.h gives each its closed form, and the picture.
//===----------------------------------------------------------------------===//

// Every encoding is of a tile of at most 2^24 elements.
class Tile_Encoding<string name, string mnemonicText> : AttrDef<Tile_Dialect, name,
    [DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let mnemonic = mnemonicText;
}

class Tile_WarpsEncoding<string name, string mnemonicText>
    : Tile_Encoding<name, mnemonicText> {
  let parameters = (ins "int64_t":$warps);
  let assemblyFormat = "`<` struct(params) `>`";
}

def Tile_FragmentAttr : Tile_WarpsEncoding<"Fragment", "fragment"> {
  let summary = "in registers, as matrix instructions leave their results";
  let description = [{
    Rank 2, [16 * warps, N]. Warp w holds rows 16w to 16w + 15; its lane l holds, of
    rows `16w + l/4` and `16w + l/4 + 8`, the columns `8j + 2(l%4)` and the next. The
    accumulators of wgmma and of mma.sync lie so, and pairs of 16-bit elements in this
    order are their A operand: no exchange between lanes.

    Constraints: `fragment_c1` 16 * warps rows, 1 to 32 warps; `fragment_c2` 8 divides N.

    Example: `tensor<64x128xf32, #tile.fragment<warps = 4>>`.
  }];
}

def Tile_FragmentRowsAttr : Tile_WarpsEncoding<"FragmentRows", "fragment_rows"> {
  let summary = "one value per row of a fragment, with the lanes of that row";
  let description = [{
    Constraints: `fragment_rows_c1` rank 1 of 16 * warps, 1 to 32 warps.

    Example: `tensor<64xf32, #tile.fragment_rows<warps = 4>>`.
  }];
}

def Tile_FragmentColumnsAttr
    : Tile_WarpsEncoding<"FragmentColumns", "fragment_columns"> {
  let summary = "one value per column of a fragment, with the lanes of that column";
  let description = [{
    Constraints: `fragment_columns_c1` rank 1, a multiple of 8; 1 to 32 warps.

    Example: `tensor<128xi32, #tile.fragment_columns<warps = 4>>`.
  }];
}

def Tile_LanesAttr : Tile_WarpsEncoding<"Lanes", "lanes"> {
  let summary = "in registers, a row per warp and a column per lane";
  let description = [{
    Rank 2, [R, C]. With R >= warps each warp holds R / warps consecutive rows; with
    fewer rows, warps / R consecutive warps hold the same row. Lane l holds columns
    l, l + 32, ...; past C a lane's value means nothing.

    Constraints: `lanes_c1` R and warps divide one another, 1 to 32 warps.

    Example: `tensor<4x16xf32, #tile.lanes<warps = 4>>`.
  }];
}

def Tile_QueuedAttr : Tile_Encoding<"Queued", "queued"> {
  let summary = "in registers, the entries of a top-k, beside a queue of new ones";
  let description = [{
    Rank 2 of f32 or i32, [R, n]: rows and columns as in `#tile.lanes`, the best entry
    first. Where a warp has several rows of at most 16 entries, and no buffers, they share
    registers: each has as many lanes as there are for it, a power of two, and a lane has
    entries that follow one another (QueuedRows.h).

    Scores of a row wait for them in shared memory, in a queue of 32 values and 32
    indices, or of 16 where rows share registers; the tile as a whole is what the
    registers and what waits give when they are merged, which `tile.topk_update` does
    where there is no room and `tile.topk_indices` at the end. `queue` is the number of
    the top-k among those of the kernel.

    Where a block has few rows, 24 or less, each has a buffer of 256 to 512 scores as
    well. All scores of a step go there, in one store, and are compared when it is full:
    at one step in all warps, which would wait for one another's merges. Else a score is
    compared as it comes, and queued if it is better than the row's worst entry.

    How much waits is in registers of the i32 tile behind the entries: the number of the
    last one in a queue, of row r of a warp in lane r; or, in every lane, the number of
    the last one in a buffer and the index of the first, for a buffer's indices follow
    one another. They are carried with the entries, and not beside the queue, for a loop
    that starts anew then starts with nothing waiting, and to know whether new scores
    still fit takes no read of shared memory.

    Constraints: `queued_c1` f32 or i32; R and warps divide one another, 1 to 32 warps;
    `queued_c2` queue is not negative; `queued_c3` a warp has at most 32 rows.

    Example: `tensor<4x16xi32, #tile.queued<warps = 4, queue = 0>>`.
  }];
  let parameters = (ins "int64_t":$warps, "int64_t":$queue);
  let assemblyFormat = "`<` struct(params) `>`";
}

def Tile_LaneRowsAttr : Tile_WarpsEncoding<"LaneRows", "lane_rows"> {
  let summary = "one value per row of a tile in lanes";
  let description = [{
    Constraints: `lane_rows_c1` rank 1; the size and warps divide one another, 1 to 32 warps.

    Example: `tensor<4xi32, #tile.lane_rows<warps = 4>>`.
  }];
}

def Tile_LaneColumnsAttr : Tile_WarpsEncoding<"LaneColumns", "lane_columns"> {
  let summary = "one value per column of a tile in lanes";
  let description = [{
    Constraints: `lane_columns_c1` rank 1; 1 to 32 warps.

    Example: `tensor<16xi32, #tile.lane_columns<warps = 4>>`.
  }];
}

def Tile_FlatAttr : Tile_Encoding<"Flat", "flat"> {
  let summary = "in registers of one warp, element e in lane e % 32";
  let description = [{
    Any rank; elements are counted in row-major order. Index lists lie so in the warp
    that merges them.

    Example: `tensor<8x16xi32, #tile.flat>`.
  }];
}

def Tile_BitsAttr : Tile_Encoding<"Bits", "bits"> {
  let summary = "one bit per token, the same in every lane";
  let description = [{
    Constraints: `bits_c1` rank 1 of i1, at most 64 of them.

    Example: `tensor<8xi1, #tile.bits>`.
  }];
}

def Tile_SharedAttr : Tile_Encoding<"Shared", "shared"> {
  let summary = "in shared memory, as the copy engine writes it";
  let description = [{
    Rank 2, [R, C], in chunks of `swizzle` bytes of columns: `[chunk][row][swizzle
    bytes]`. Within a row, the 16-byte unit u lies at
    `u xor (row * swizzle / 128 mod (swizzle / 16))` (`sharedUnitByte` in Placement.h).

    Constraints: `shared_c1` swizzle is 128, 64 or 32; `shared_c2` it divides a row's
    bytes; `shared_c3` 8 divides R.

    Example: `tensor<64x128xbf16, #tile.shared<swizzle = 128>>`.
  }];
  let parameters = (ins "int64_t":$swizzle);
  let assemblyFormat = "`<` struct(params) `>`";
}

def Tile_SharedValuesAttr : Tile_Encoding<"SharedValues", "shared_values"> {
  let summary = "in shared memory, one value behind the other";
  let description = [{
    What a visit reads of each column beside its matrices comes with them, so that no
    consumer waits for memory. `tile.read` takes it to registers.

    Constraints: `shared_values_c1` rank 1 of f32.

    Example: `tensor<64xf32, #tile.shared_values>`.
  }];
}

def Tile_ScratchAttr : Tile_WarpsEncoding<"Scratch", "scratch"> {
  let summary = "in shared memory, row-major, each row private to the warps that made it";
  let description = [{
    Rank 2 of f32, [R, C]; rows belong to warps as in `#tile.lanes`.

    Constraints: `scratch_c1` f32; R and warps divide one another, 1 to 32 warps.

    Example: `tensor<4x64xf32, #tile.scratch<warps = 4>>`.
  }];
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

def Tile_RingType : TypeDef<Tile_Dialect, "Ring"> {
  let mnemonic = "ring";
  let summary = "a queue of tiles between a producer and the consumers of one block";
  let description = [{
    `stages` slots in shared memory. The n-th tile passes through slot `n % stages`:
    `tile.put` waits until the slot is free and starts its copy; `tile.get` waits until
    it has arrived; `tile.release` gives it back once every consumer warp has. Counting
    n is the program's: both sides count the same tiles in the same order.

    Constraints: `ring_c1` 1 to 1024 stages; `ring_c2` a slot is a tile of
    static shape in shared memory.

    Example: `!tile.ring<3 x tensor<64x128xbf16, #tile.shared<swizzle = 128>>>`.
  }];
  let parameters = (ins "int64_t":$stages, "::mlir::RankedTensorType":$slot);
  let assemblyFormat = "`<` $stages `x` $slot `>`";
  let genVerifyDecl = 1;
}

def Tile_VisitRingType : TypeDef<Tile_Dialect, "VisitRing"> {
  let mnemonic = "visit_ring";
  let summary = "a queue of visits between a producer and the consumers of one block";
  let description = [{
    As `!tile.ring`; a slot holds one visit (key block, bits of `tokens` tokens,
    element-mask flag), or the end of the stream.

    Constraints: `visit_ring_c1` 1 to 1024 stages; `visit_ring_c2` 1 to 64 tokens.

    Example: `!tile.visit_ring<4 x 12>`.
  }];
  let parameters = (ins "int64_t":$stages, "int64_t":$tokens);
  let assemblyFormat = "`<` $stages `x` $tokens `>`";
  let genVerifyDecl = 1;
}

def Tile_PendingType : TypeDef<Tile_Dialect, "Pending"> {
  let mnemonic = "pending";
  let summary = "a tile that a matrix instruction is still computing";
  let description = [{
    Only `tile.wait` turns it into a tile that can be read. Its registers, and the
    operands that the instruction reads, may not be touched before.

    Example: `!tile.pending<tensor<64x128xf32, #tile.fragment<warps = 4>>>`.
  }];
  let parameters = (ins "::mlir::RankedTensorType":$tile);
  let assemblyFormat = "`<` $tile `>`";
}

#endif // FOVEA_TILE_PLACEMENT_TD
