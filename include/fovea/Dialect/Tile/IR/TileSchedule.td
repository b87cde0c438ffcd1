//===- TileSchedule.td - how a kernel is cut and run -------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_TILE_SCHEDULE_TD
#define FOVEA_TILE_SCHEDULE_TD

include "fovea/Dialect/Tile/IR/TileDialect.td"

def Tile_Products : I32EnumAttr<"Products", "who multiplies together on a GPU", [
    I32EnumAttrCase<"Warpgroup", 0, "warpgroup">,
    I32EnumAttrCase<"Warp", 1, "warp">]> {
  let cppNamespace = "::fovea::tile";
  let genSpecializedAttr = 0;
}

def Tile_ProgramOrder : I32EnumAttr<"ProgramOrder", "which programs a block takes first", [
    I32EnumAttrCase<"LastTileFirst", 0, "last_tile_first">,
    I32EnumAttrCase<"HeadByHead", 1, "head_by_head">,
    I32EnumAttrCase<"FirstTileFirst", 2, "first_tile_first">]> {
  let cppNamespace = "::fovea::tile";
}

def Tile_GpuAttr : AttrDef<Tile_Dialect, "Gpu"> {
  let mnemonic = "gpu";
  let summary = "how a GPU runs a kernel: the part of a schedule that only a GPU reads";
  let description = [{
    | field | what | unit |
    | --- | --- | --- |
    | `stages` | tiles in flight of each load in a loop (keys, values): the slots of its ring | tiles |
    | `outer_stages` | those of each load outside of loops (queries) | tiles |
    | `products` | who multiplies together: `warpgroup`, or `warp` | |
    | `residency` | blocks that a multiprocessor is to hold at once, by which its registers are shared out | blocks |
    | `teams` | programs that a block runs side by side, each by warpgroups, rings and a producing warp of its own | programs |
    | `one_ring` | loads of one shape in a loop (keys and values) take turns in one ring of `stages` slots | |
    | `programs` | which programs a block takes first, see `tile.for_programs` | |
    | `visit_slots` | visits in flight, where one role tells others of them | visits |
    | `overlap` | products of one visit run beside the softmax of the next, see `tile-overlap-products` | |
    | `turns` | warpgroups issue the products of a visit one after another, see `tile.await_turn`; only with `overlap` | |

    A `warpgroup` is four warps, which multiply by wgmma where the target has it; a `warp`
    multiplies for its own 16 rows by mma.sync. The latter is slower, but a warp passes by
    the blocks that none of its own tokens listed.

    Programs of `teams` hide each other's latencies as those of several blocks do, but
    all producing warps are in one warpgroup, whose registers are given away once: three
    blocks of one warpgroup each leave it 136 registers, three teams 160.

    All of it is chosen where a schedule is written; what lowers a kernel reads it.

    Constraints: `gpu_c1` stages, outer_stages and visit_slots are 1 to 1024; `gpu_c2`
    residency is 1 to 32, the most that any target holds; `gpu_c3` turns come with
    overlap, and overlap with products by warpgroup, which alone run on their own;
    `gpu_c4` teams are 1 to 4, for a producer has four warps; `gpu_c5` with one_ring
    there are 2 stages or more, a slot for each load that is held, and no overlap, which
    holds the next visit's keys beside this one's values.

    Example: `#tile.gpu<stages = 4, outer_stages = 2, residency = 2, programs = head_by_head>`.
  }];
  let parameters = (ins "int64_t":$stages,
    DefaultValuedParameter<"int64_t", "1">:$outer_stages,
    DefaultValuedParameter<"::fovea::tile::Products",
                           "::fovea::tile::Products::Warpgroup">:$products,
    DefaultValuedParameter<"int64_t", "1">:$residency,
    DefaultValuedParameter<"::fovea::tile::ProgramOrder",
                           "::fovea::tile::ProgramOrder::LastTileFirst">:$programs,
    DefaultValuedParameter<"int64_t", "8">:$visit_slots,
    DefaultValuedParameter<"bool", "false">:$overlap,
    DefaultValuedParameter<"bool", "false">:$turns,
    DefaultValuedParameter<"int64_t", "1">:$teams,
    DefaultValuedParameter<"bool", "false">:$one_ring);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Tile_ScheduleAttr : AttrDef<Tile_Dialect, "Schedule"> {
  let mnemonic = "schedule";
  let summary = "how a kernel is cut into tiles: data, not code";
  let description = [{
    | field | what | unit |
    | --- | --- | --- |
    | `tokens` | of a query tile; of compress, windows | tokens, windows |
    | `keys` | of a key block | keys |
    | `group_rows` | rows of a tile that a token has; 0: as many as it has heads in a group | rows |
    | `depth` | columns of a window's row that one product of compression takes, a divisor of them; of gradients, rows of phi's matrices that are one tile; 0: all | columns, rows |
    | `parts` | runs that the visits of a tile of keys or, of an attention or index heads alone, of queries are cut into; each has a program and results of its own, which a kernel behind adds up or merges | runs |
    | `gpu` | the part that only a GPU reads, and has to be there for one | |

    It is attached to an attn operation or group as `tile.schedule`; where it is absent,
    the cost model of the target chooses (`attn-list-schedules`, `attn-choose-schedules`). Two schedules of one
    operation agree up to rounding.

    `group_rows` is more than a token's heads where these make no whole tiles. The rows in
    excess are computed and not stored: 12 heads in 16 rows waste a quarter. Of a combine
    outside of groups it may be a divisor of the heads: these are taken that many at a
    time, each part by programs of its own. Of scores that are summed over heads it may be
    fewer than these, and of tiles of keys a divisor of them: one program takes that many
    at a time. On a GPU a tile of keys has whole warpgroups' rows, of which `keys` may be
    fewer.

    A tile of keys whose queries are many, such as the first block, which all tokens list,
    or 128 keys of 16 tokens each, is one program: `parts` makes it several. Their sums
    take `parts` times the memory of the result, in f32; of blocks that lists name, few of
    which are in so many that they have a second part, that of the result and of one block
    for each `4 keys` entries of all lists. Of few queries with many keys, as in a step of
    decoding, parts are of the keys of a tile of queries: each gives rows and their lse, and
    rows are merged by the weights e^lse; lists are cut by their entries, which parts divide.

    Example: `#tile.schedule<tokens = 8, keys = 64, gpu = <stages = 4>>`.

    Constraints: `schedule_c1` tokens and keys are 1 to 65536; `schedule_c2` group_rows
    and depth are 0 to 65536; `schedule_c3` parts are 1 to 64.
  }];
  let parameters = (ins "int64_t":$tokens, "int64_t":$keys,
    DefaultValuedParameter<"int64_t", "0">:$group_rows,
    DefaultValuedParameter<"int64_t", "0">:$depth,
    DefaultValuedParameter<"int64_t", "1">:$parts,
    OptionalParameter<"::fovea::tile::GpuAttr">:$gpu);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Tile_CandidatesAttr : AttrDef<Tile_Dialect, "Candidates"> {
  let mnemonic = "candidates";
  let summary = "the schedules that an operation may have, the most promising first";
  let description = [{
    Stands as `tile.candidates` on an attn operation or group that has no schedule:
    `attn-list-schedules` writes it, or who tries schedules of their own, and
    `attn-choose-schedules` takes the first. A driver whose target refuses the kernel
    strikes that one out, so that what is left is what it has not tried. `key` is the
    operation's name, one of the module; `shape` says in words what decides which
    schedules fit.

    Constraints: `candidates_c1` there is at least one schedule; `candidates_c2` none is
    there twice.

    Example:
    ```mlir
    #tile.candidates<key = "nsa_forward.2", shape = "head dim 128", schedules = [
      <tokens = 8, keys = 128, gpu = <stages = 2>>,
      <tokens = 8, keys = 64, gpu = <stages = 4>>]>
    ```
  }];
  let parameters = (ins StringRefParameter<>:$key, StringRefParameter<>:$shape,
                        ArrayRefParameter<"::fovea::tile::ScheduleAttr">:$schedules);
  let assemblyFormat = [{
    `<` `key` `=` $key `,` `shape` `=` $shape `,` `schedules` `=`
    custom<Schedules>($schedules) `>`
  }];
  let genVerifyDecl = 1;
}

#endif // FOVEA_TILE_SCHEDULE_TD
