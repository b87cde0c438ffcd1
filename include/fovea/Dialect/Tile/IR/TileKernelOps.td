//===- TileKernelOps.td - kernels and their launches -------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_TILE_KERNEL_OPS_TD
#define FOVEA_TILE_KERNEL_OPS_TD

include "fovea/Dialect/Tile/IR/TileDialect.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Tile_KernelOp : Tile_Op<"kernel", [
    FunctionOpInterface, IsolatedFromAbove, AutomaticAllocationScope]> {
  let summary = "the program of one block of work";
  let description = [{
    Arguments are views (memrefs) and scalars; the body is run once per program of
    the launch grid and reads its place with `tile.program_id`. Programs of one
    launch run in any order, or at once, and do not write the same element.

    Constraints: `kernel_c1` arguments are memrefs, indices, integers or floats;
    `kernel_c2` no results; `kernel_c3` a body of one block;
    `kernel_c4` that `tile.return` ends; `kernel_c5` rings are used in one
    `tile.specialize` only; `kernel_c6` views are row-major, in the default memory space,
    of integers or floats, with sizes below 2^31 and at most 2^40 static elements;
    `kernel_c7` a view that is stored is not read, unless it is in place.

    A view that is in place, a memref with `tile.in_place`, has a `tile.store`, or
    several in one block, in no loop but over programs, all of one box, count and type of
    tile, which in the placed phase says who holds which element. It is read by
    `tile.load`s alone, of that box and type, each before the last store in its block, or
    nested in an operation there. The `count` of a load may be the stores' or the lesser
    of it and another. So a thread reads the elements that it writes last, before it
    does, and no others: what the launch before left there, or what it stored itself.

    Example:
    ```mlir
    tile.kernel @zero(%out: memref<?x64xf32>, %rows: index) {
      %pid = tile.program_id 0
      %z = arith.constant dense<0.0> : tensor<16x64xf32>
      %c16 = arith.constant 16 : index
      %c0 = arith.constant 0 : index
      %first = arith.muli %pid, %c16 : index
      %left = arith.subi %rows, %first : index
      tile.store %z, %out[%first, %c0] sizes [16, 64] count %left
          : tensor<16x64xf32>, memref<?x64xf32>
      tile.return
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<FunctionType>:$function_type,
                       OptionalAttr<StrAttr>:$sym_visibility,
                       OptionalAttr<DictArrayAttr>:$arg_attrs,
                       OptionalAttr<DictArrayAttr>:$res_attrs);
  let regions = (region AnyRegion:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let skipDefaultBuilders = 1;
  let builders = [OpBuilder<(ins "::llvm::StringRef":$name,
                                 "::mlir::TypeRange":$argTypes)>];
  let extraClassDeclaration = [{
    ::llvm::ArrayRef<::mlir::Type> getArgumentTypes() { return getFunctionType().getInputs(); }
    ::llvm::ArrayRef<::mlir::Type> getResultTypes() { return getFunctionType().getResults(); }
    ::mlir::Region *getCallableRegion() { return &getBody(); }
  }];
}

def Tile_ReturnOp : Tile_Op<"return", [Pure, Terminator, HasParent<"KernelOp">]> {
  let summary = "ends a kernel";
  let assemblyFormat = "attr-dict";
}

def Tile_ProgramIdOp : Tile_Op<"program_id", [Pure]> {
  let summary = "this program's place in the launch grid";
  let description = [{
    Example: `%pid = tile.program_id 0`. Axis 0 varies fastest.
    Constraints: `program_id_c1` axis is one of the grid's: 0 or 1.
  }];
  // program_id_c1
  let arguments = (ins Tile_GridAxis:$axis);
  let results = (outs Index:$result);
  let assemblyFormat = "$axis attr-dict";
}

def Tile_LaunchOp : Tile_Op<"launch", [AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "runs a kernel over a grid";
  let description = [{
    The host function's launches are the launch program: they run in order, each
    after the one before. The grid depends only on what the host knows (dims of its
    arguments and constants), never on the contents of a view.

    A kernel that was lowered for a GPU is a `gpu.module` with the attribute
    `tile.kernel_abi`, a `#tile.kernel_abi`: how it is launched.

    Constraints: `launch_c1` the callee is a kernel of this module, lowered or not;
    `launch_c2` arguments match its types; of a lowered kernel, each of its parameters
    is of an argument that there is, and of a type that it can be made of; `launch_c3`
    the grid has one or two sizes; `launch_c4` an array that a kernel of tiles stores is
    one argument only.

    Example:
    ```mlir
    tile.launch @zero grid(%n) (%out, %rows) : memref<?x64xf32>, index
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$callee, Variadic<Index>:$grid,
                       Variadic<AnyType>:$args);
  let assemblyFormat = [{
    $callee `grid` `(` $grid `)` `(` $args `)` attr-dict (`:` type($args)^)?
  }];
  let hasVerifier = 1;
}

def Tile_LocateOp : Tile_Op<"locate", [MemoryEffects<[MemRead]>]> {
  let summary = "which sequence a tile number belongs to";
  let description = [{
    The M offsets of `cu`, each clamped to [0, tokens], and one more at either end cut
    the packed rows into M + 1 runs:

    ```
      e(0) = 0      e(j) = min(max(cu[j - 1], 0), tokens)      e(M + 1) = tokens
      run j = rows e(j) .. e(j + 1) - 1, sequence j - 1
    ```

    Runs 1 to M - 1 are the sequences 0 to M - 2. Run 0, before the first offset, and
    run M, behind the last one, are nobody's: sequences -1 and M - 1, which have rows
    and no keys. Run j owns the tile numbers from `e(j) / step + j` to the next run's
    first, enough for `ceil(length / step)` tiles of `step` tokens; `tokens / step + M +
    1` tiles cover every batch, a bound that the host knows without reading `cu`. A step
    above `tokens` gives every run one tile.

    Gives the run of `tile`: its sequence, its first row `base`, the rows that it has,
    `length`, the tile's first position `first`, and how many of the rows are keys:
    `keys` is `length` for a sequence and 0 for rows that are nobody's. `first >= length`
    says the tile is one of the spare ones.

    Whatever `cu` holds, `0 <= base`, `base + length <= tokens`, `0 <= first`, and
    the search ends: it halves the runs. Where the offsets ascend, every row is in one
    tile. Where they do not, the run is one whose first tile is at or before `tile` and
    whose next run's is behind it, `length` is at least 0, and a row may be in several
    tiles or in none.

    Example:
    ```mlir
    %sequence, %base, %length, %first, %keys =
        tile.locate %tile in %cu of %tokens step 8 : memref<?xi32>
    ```
  }];
  let arguments = (ins Index:$tile, Arg<MemRefRankOf<[I32], [1]>, "", [MemRead]>:$cu,
                       Index:$tokens, Tile_Count:$step);
  let results = (outs Index:$sequence, Index:$base, Index:$length, Index:$first,
                      Index:$keys);
  let assemblyFormat = "$tile `in` $cu `of` $tokens `step` $step attr-dict `:` type($cu)";
}

def Tile_SequenceOp : Tile_Op<"sequence", [MemoryEffects<[MemRead]>]> {
  let summary = "where a sequence of a given number is";
  let description = [{
    Of sequence number s, which `tile.locate` has found by other offsets, the rows by
    those of `cu`: the first one, `base`, and how many there are, `length`, of which with
    `lengths` those from `lengths[s]` on are left out. With e as in `tile.locate`:

    ```
      base = e(s + 1)      length = max(e(s + 2) - e(s + 1), 0), lengths[s] at most
    ```

    What is nobody's, -1 and what is no sequence's number of `cu` or `lengths`, has base
    0 and length 0. Whatever the arrays hold, `0 <= base`, `0 <= length` and `base +
    length <= tokens`.

    Example:
    ```mlir
    %base, %length = tile.sequence %s in %cu of %tokens lengths %used
        : memref<?xi32>, memref<?xi32>
    ```
  }];
  let arguments = (ins Index:$sequence, Arg<MemRefRankOf<[I32], [1]>, "", [MemRead]>:$cu,
                       Index:$tokens,
                       Arg<Optional<MemRefRankOf<[I32], [1]>>, "", [MemRead]>:$lengths);
  let results = (outs Index:$base, Index:$length);
  let assemblyFormat = [{
    $sequence `in` $cu `of` $tokens (`lengths` $lengths^)? attr-dict `:` type($cu)
    (`,` type($lengths)^)?
  }];
}

def Tile_CheckSequencesOp : Tile_Op<"check_sequences", [AttrSizedOperandSegments,
    MemoryEffects<[MemRead]>, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "is cu_seqlens well formed";
  let description = [{
    0 when `cu[0] = 0`, cu does not decrease and `cu[B] = tokens`; 1 otherwise. Host
    only: the entry returns it as its status and launches nothing when it is not 0.

    With `rows of d`, `tokens` are rows of d tokens each: `cu[B] / d`, rounded down, is
    that many; `whole`, it is 1 as well unless d divides each of `cu`, as rows do that
    are pages of tokens.

    With `queries`, the well-formed ends of as many sequences' queries, it is also 1
    unless each sequence has as many rows as queries; with `lengths`, unless these are
    from its queries to its rows.

    A launch program of a GPU leaves the status out, for its launches wait for nothing
    that the device would have to say. There `by` names the lowered kernel that looks at
    `cu` for a caller who asks, and reports the least malformed offset (docs/bundle.md);
    queries and lengths it does not look at.

    Constraints: `check_sequences_c1` `by` names a lowered kernel; `check_sequences_c2`
    there are no lengths without queries; `check_sequences_c3` d is at least 2;
    `check_sequences_c4` rows that are whole are of d tokens.

    Example:
    ```mlir
    %status = tile.check_sequences %cu, %tokens : memref<?xi32>
    %behind = tile.check_sequences %keys, %rows queries %cu lengths %used
        : memref<?xi32>, memref<?xi32>, memref<?xi32>
    %windows = tile.check_sequences %keys, %count rows of 16 : memref<?xi32>
    ```
  }];
  let arguments = (ins Arg<MemRefRankOf<[I32], [1]>, "", [MemRead]>:$cu, Index:$tokens,
                       Arg<Optional<MemRefRankOf<[I32], [1]>>, "", [MemRead]>:$queries,
                       Arg<Optional<MemRefRankOf<[I32], [1]>>, "", [MemRead]>:$lengths,
                       OptionalAttr<I64Attr>:$tokensPerRow, UnitAttr:$whole,
                       OptionalAttr<FlatSymbolRefAttr>:$kernel);
  let results = (outs I32:$status);
  let assemblyFormat = [{
    $cu `,` $tokens (`rows` `of` $tokensPerRow^)? (`whole` $whole^)? (`queries` $queries^)? (`lengths` $lengths^)? (`by` $kernel^)?
    attr-dict `:` type($cu) (`,` type($queries)^)? (`,` type($lengths)^)?
  }];
  let builders = [OpBuilder<(ins "::mlir::Type":$type, "::mlir::Value":$cu,
                                 "::mlir::Value":$tokens,
                                 CArg<"::mlir::Value", "{}">:$queries,
                                 CArg<"::mlir::Value", "{}">:$lengths,
                                 CArg<"int64_t", "1">:$tokensPerRow,
                                 CArg<"bool", "false">:$whole), [{
    build($_builder, $_state, type, cu, tokens, queries, lengths,
          tokensPerRow > 1 ? $_builder.getI64IntegerAttr(tokensPerRow)
                           : ::mlir::IntegerAttr(),
          whole ? $_builder.getUnitAttr() : ::mlir::UnitAttr(),
          ::mlir::FlatSymbolRefAttr());
  }]>];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Tokens of one of the rows that `tokens` are; 1 where they are tokens.
    int64_t getTokensOfRow() { return getTokensPerRow().value_or(1); }
  }];
}

#endif // FOVEA_TILE_KERNEL_OPS_TD
