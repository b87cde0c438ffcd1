// REQUIRES: fovea-opt, fovea-interpret
// Maxima of the blocks of one head's scores, 2, 3, 6 and 12 blocks in a step: of four lanes that share a row those
// without a block of their own write the last one again, with its own value.
// DEFINE: %{target} = sm_90a
// DEFINE: %{run} = fovea-opt %s --fovea-attn-to-tile=target=%{target} -o %t.logical && fovea-opt %t.logical --fovea-place-tiles --convert-tile-to-simt=target=%{target} -o %t.threads && fovea-interpret %t.threads --against=%t.logical --policy=random --seeds=1 --lengths=70,0,40,5
// RUN: %{run} --entry=two | FileCheck %s
// RUN: %{run} --entry=three | FileCheck %s
// RUN: %{run} --entry=six | FileCheck %s
// RUN: %{run} --entry=twelve | FileCheck %s
// REDEFINE: %{target} = sm_80
// RUN: %{run} --entry=three | FileCheck %s
// CHECK: ok: 1 orders

// Lanes that store two values in one place are a race, whichever of them the machine would keep.
// RUN: awk '/simt.shared_base/ {base = $1} /llvm.store .* : f32, !llvm.ptr<3>/ {sub(/, %[0-9]+ [{]/, ", " base " {")} {print}' %t.threads > %t.broken
// RUN: not fovea-interpret %t.broken --unverified --policy=random --seeds=1 --lengths=70 --entry=three | FileCheck %s --check-prefix=RACE
// RACE: race: lane {{[0-9]+}} and another one store two values in one place

!q = tensor<?x2x32xbf16>
!k = tensor<?x1x32xbf16>
!cu = tensor<?xi32>
!scores = tensor<?x2x?xf32>
!lists = tensor<?x2x3xi32>

func.func @two(%iq: !q, %ik: !k, %cu: !cu) -> !lists {
  %i = attn.group attributes {tile.schedule = #tile.schedule<tokens = 64, keys = 32, gpu = <stages = 2>>} {
    %s = attn.index_blocks %iq over #attn.causal into #attn.selected<block = 16> in %ik, %cu : !q, !k, !cu -> !scores
    %t = attn.select_topk %s, %cu of #attn.selected<block = 16> top 3 initial 0 local 1 : !scores, !cu -> !lists
    attn.yield %t : !lists
  } : !lists
  return %i : !lists
}

func.func @three(%iq: !q, %ik: !k, %cu: !cu) -> !lists {
  %i = attn.group attributes {tile.schedule = #tile.schedule<tokens = 64, keys = 48, gpu = <stages = 2>>} {
    %s = attn.index_blocks %iq over #attn.causal into #attn.selected<block = 16> in %ik, %cu : !q, !k, !cu -> !scores
    %t = attn.select_topk %s, %cu of #attn.selected<block = 16> top 3 initial 0 local 1 : !scores, !cu -> !lists
    attn.yield %t : !lists
  } : !lists
  return %i : !lists
}

func.func @six(%iq: !q, %ik: !k, %cu: !cu) -> !lists {
  %i = attn.group attributes {tile.schedule = #tile.schedule<tokens = 128, keys = 48, gpu = <stages = 2>>} {
    %s = attn.index_blocks %iq over #attn.causal into #attn.selected<block = 8> in %ik, %cu : !q, !k, !cu -> !scores
    %t = attn.select_topk %s, %cu of #attn.selected<block = 8> top 3 initial 0 local 1 : !scores, !cu -> !lists
    attn.yield %t : !lists
  } : !lists
  return %i : !lists
}

func.func @twelve(%iq: !q, %ik: !k, %cu: !cu) -> !lists {
  %i = attn.group attributes {tile.schedule = #tile.schedule<tokens = 64, keys = 96, gpu = <stages = 2>>} {
    %s = attn.index_blocks %iq over #attn.causal into #attn.selected<block = 8> in %ik, %cu : !q, !k, !cu -> !scores
    %t = attn.select_topk %s, %cu of #attn.selected<block = 8> top 3 initial 0 local 1 : !scores, !cu -> !lists
    attn.yield %t : !lists
  } : !lists
  return %i : !lists
}
