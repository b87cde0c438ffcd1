// REQUIRES: fovea-opt, fovea-interpret
// Lists by block, as threads of both targets and as placed kernels: drawn lists name blocks twice, blocks that are
// later than the token, and numbers of no block. A sequence has more blocks than a program, fewer, and none; lists
// are read by words, by eight and by sixteen bytes, at once and in parts.
// DEFINE: %{listed} = 16
// DEFINE: %{block} = 4
// DEFINE: %{tokens} = 128
// DEFINE: %{blocks} = 32
// DEFINE: %{target} = sm_90a
// DEFINE: %{lengths} = 150,0,5,70
// DEFINE: %{kernel} = sed 's/LISTED/%{listed}/g; s/BLOCKS/%{blocks}/g; s/BLOCK/%{block}/g; s/TOKENS/%{tokens}/g' %s > %t.attn && fovea-opt %t.attn --convert-attn-to-tile -o %t.logical
// DEFINE: %{lower} = fovea-opt %t.logical --fovea-place-tiles -o %t.placed && fovea-opt %t.placed --convert-tile-to-simt=target=%{target} -o %t.threads
// DEFINE: %{options} = --lengths=%{lengths} --list-block=%{block}
// DEFINE: %{compare} = fovea-interpret %t.threads --against=%t.logical --policy=random --seeds=1 %{options}
// DEFINE: %{run} = %{kernel} && %{lower} && fovea-interpret %t.placed --against=%t.logical --policy=round-robin %{options} && %{compare}
// CHECK: ok: 1 orders

// RUN: %{run} | FileCheck %s
// REDEFINE: %{target} = sm_80
// REDEFINE: %{listed} = 1
// RUN: %{run} | FileCheck %s
// REDEFINE: %{listed} = 6
// REDEFINE: %{blocks} = 7
// REDEFINE: %{block} = 10
// RUN: %{run} | FileCheck %s
// REDEFINE: %{target} = sm_90a
// REDEFINE: %{listed} = 40
// REDEFINE: %{blocks} = 32
// REDEFINE: %{block} = 1
// RUN: %{run} | FileCheck %s
// REDEFINE: %{listed} = 16
// REDEFINE: %{block} = 64
// REDEFINE: %{tokens} = 32
// RUN: %{run} | FileCheck %s

// Whatever offsets and lists say, every element is written, and none outside.
// RUN: fovea-interpret %t.logical --garbage=40 --window-rows %{options} | FileCheck %s --check-prefix=GARBAGE
// RUN: fovea-interpret %t.placed --garbage=40 --window-rows %{options} | FileCheck %s --check-prefix=GARBAGE
// RUN: fovea-interpret %t.threads --garbage=8 --window-rows %{options} | FileCheck %s --check-prefix=GARBAGE
// GARBAGE: ok: {{[0-9]+}} orders

// A square of bits that is not turned over all the way, and counts that are not waited for, show.
// DEFINE: %{broken} = not fovea-interpret %t.broken --unverified --against=%t.logical --policy=random --seeds=2 %{options}
// REDEFINE: %{tokens} = 128
// RUN: %{kernel} && %{lower}
// RUN: sed 's/arith.constant 858993459/arith.constant 858993458/' %t.threads > %t.broken
// RUN: %{broken} | FileCheck %s --check-prefix=NUMBERS
// NUMBERS: numbers: the other module gives other numbers
// RUN: sed '/simt.sync_block/d' %t.threads > %t.broken
// RUN: %{broken} | FileCheck %s --check-prefix=WAITS
// WAITS: {{numbers|bounds}}:

!lists = tensor<?x2xLISTEDxi32>
!bounds = tensor<?x2x2xi32>
func.func @invert(%i: !lists {attn.name = "indices"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"})
    -> (!bounds {attn.name = "bounds"}, !lists {attn.name = "entries"}) {
  %bounds, %entries = attn.invert_lists %i over %cu block BLOCK {tile.schedule = #tile.schedule<tokens = TOKENS, keys = BLOCKS, gpu = <stages = 1>>}
      : !lists, tensor<?xi32> -> !bounds, !lists
  return %bounds, %entries : !bounds, !lists
}
