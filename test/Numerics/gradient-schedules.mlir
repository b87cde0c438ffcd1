// Gradients with other schedules than the CPU would choose, and those that are added to others.
// RUN: fovea-run %s --entry=small --lengths=9,0,1,30 --verify | FileCheck %s
// RUN: fovea-run %s --entry=large --lengths=9,0,1,150 --verify | FileCheck %s
// RUN: fovea-run %s --entry=odd --lengths=9,0,1,5,6,7,80,16 --verify | FileCheck %s
// RUN: fovea-run %s --entry=listed --lengths=9,0,1,150,33 --verify | FileCheck %s
// RUN: fovea-run %s --entry=padded --lengths=9,0,1,150,33 --verify | FileCheck %s
// RUN: fovea-run %s --entry=heads_in_parts --lengths=9,0,1,5,6,7,80,16 --verify | FileCheck %s
// RUN: fovea-run %s --entry=parts --lengths=9,0,1,5,6,7,80,16 --verify | FileCheck %s
// RUN: fovea-run %s --entry=chained --lengths=9,0,1,150,33 --verify | FileCheck %s
// RUN: fovea-run %s --entry=listed_parts --lengths=9,0,1,150,33 --verify | FileCheck %s
// CHECK: verified

!q = tensor<?x4x16xf32>
!k = tensor<?x2x16xf32>
!v = tensor<?x2x8xf32>
!o = tensor<?x4x8xf32>
!s = tensor<?x4xf32>
!cu = tensor<?xi32>

// A key and a query at a time.
func.func @small(%q: tensor<?x3x8xf32> {attn.name = "q"}, %k: tensor<?x1x8xf32> {attn.name = "k"}, %v: tensor<?x1x4xf32> {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"},
                 %do: tensor<?x3x4xf32> {attn.name = "grad_o"}, %lse: tensor<?x3xf32> {attn.name = "lse"}, %delta: tensor<?x3xf32> {attn.name = "delta"})
    -> (tensor<?x1x8xf32> {attn.name = "grad_k"}, tensor<?x1x4xf32> {attn.name = "grad_v"}) {
  %dk, %dv = attn.attend_grad_kv %q sees #attn.window<5> in %k, %v, %cu of %do, %lse, %delta {tile.schedule = #tile.schedule<tokens = 1, keys = 1>}
      : tensor<?x3x8xf32>, tensor<?x1x8xf32>, tensor<?x1x4xf32>, !cu, tensor<?x3x4xf32>, tensor<?x3xf32>, tensor<?x3xf32> -> tensor<?x1x8xf32>, tensor<?x1x4xf32>
  return %dk, %dv : tensor<?x1x8xf32>, tensor<?x1x4xf32>
}

// Tiles of more than a sequence.
func.func @large(%q: !q {attn.name = "q"}, %k: !k {attn.name = "k"}, %v: !v {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}, %do: !o {attn.name = "grad_o"}, %lse: !s {attn.name = "lse"}, %delta: !s {attn.name = "delta"})
    -> (!k {attn.name = "grad_k"}, !v {attn.name = "grad_v"}) {
  %dk, %dv = attn.attend_grad_kv %q sees #attn.causal in %k, %v, %cu of %do, %lse, %delta {tile.schedule = #tile.schedule<tokens = 128, keys = 256>} : !q, !k, !v, !cu, !o, !s, !s -> !k, !v
  return %dk, %dv : !k, !v
}

// Rows that fill no vector.
func.func @odd(%q: !q {attn.name = "q"}, %k: !k {attn.name = "k"}, %v: !v {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}, %do: !o {attn.name = "grad_o"}, %lse: !s {attn.name = "lse"}, %delta: !s {attn.name = "delta"})
    -> (!k {attn.name = "grad_k"}, !v {attn.name = "grad_v"}) {
  %dk, %dv = attn.attend_grad_kv %q sees #attn.compressed<block = 6, stride = 3> in %k, %v, %cu of %do, %lse, %delta {tile.schedule = #tile.schedule<tokens = 7, keys = 5>} : !q, !k, !v, !cu, !o, !s, !s -> !k, !v
  return %dk, %dv : !k, !v
}

// A tile of some keys of a block, and of fewer tokens than list it.
func.func @listed(%q: !q {attn.name = "q"}, %k: !k {attn.name = "k"}, %v: !v {attn.name = "v"}, %i: tensor<?x2x3xi32> {attn.name = "indices"}, %cu: !cu {attn.name = "cu_seqlens"}, %do: !o {attn.name = "grad_o"}, %lse: !s {attn.name = "lse"}, %delta: !s {attn.name = "delta"})
    -> (!k {attn.name = "grad_k"}, !v {attn.name = "grad_v"}) {
  %bounds, %entries = attn.invert_lists %i over %cu block 32 : tensor<?x2x3xi32>, !cu -> tensor<?x2x2xi32>, tensor<?x2x3xi32>
  %dk, %dv = attn.attend_grad_kv %q sees #attn.selected<block = 32> in %k, %v, %cu of %do, %lse, %delta listed(%bounds, %entries : tensor<?x2x2xi32>, tensor<?x2x3xi32>)
      {tile.schedule = #tile.schedule<tokens = 5, keys = 8>} : !q, !k, !v, !cu, !o, !s, !s -> !k, !v
  return %dk, %dv : !k, !v
}

// Rows that are no head's, between those of two tokens.
func.func @padded(%q: !q {attn.name = "q"}, %k: !k {attn.name = "k"}, %v: !v {attn.name = "v"}, %i: tensor<?x2x3xi32> {attn.name = "indices"}, %cu: !cu {attn.name = "cu_seqlens"}, %do: !o {attn.name = "grad_o"}, %lse: !s {attn.name = "lse"}, %delta: !s {attn.name = "delta"})
    -> (!k {attn.name = "grad_k"}, !v {attn.name = "grad_v"}) {
  %bounds, %entries = attn.invert_lists %i over %cu block 32 : tensor<?x2x3xi32>, !cu -> tensor<?x2x2xi32>, tensor<?x2x3xi32>
  %dk, %dv = attn.attend_grad_kv %q sees #attn.selected<block = 32> in %k, %v, %cu of %do, %lse, %delta listed(%bounds, %entries : tensor<?x2x2xi32>, tensor<?x2x3xi32>)
      {tile.schedule = #tile.schedule<tokens = 8, keys = 16, group_rows = 3>} : !q, !k, !v, !cu, !o, !s, !s -> !k, !v
  return %dk, %dv : !k, !v
}

// A head at a time, and visits cut into parts.
func.func @heads_in_parts(%q: !q {attn.name = "q"}, %k: !k {attn.name = "k"}, %v: !v {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}, %do: !o {attn.name = "grad_o"}, %lse: !s {attn.name = "lse"}, %delta: !s {attn.name = "delta"})
    -> (!k {attn.name = "grad_k"}, !v {attn.name = "grad_v"}) {
  %dk, %dv = attn.attend_grad_kv %q sees #attn.window<9> in %k, %v, %cu of %do, %lse, %delta {tile.schedule = #tile.schedule<tokens = 4, keys = 8, group_rows = 1, parts = 2>} : !q, !k, !v, !cu, !o, !s, !s -> !k, !v
  return %dk, %dv : !k, !v
}

// Parts of which some have no visit, and rows between sequences that have no key.
func.func @parts(%q: !q {attn.name = "q"}, %k: !k {attn.name = "k"}, %v: !v {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}, %do: !o {attn.name = "grad_o"}, %lse: !s {attn.name = "lse"}, %delta: !s {attn.name = "delta"})
    -> (!k {attn.name = "grad_k"}, !v {attn.name = "grad_v"}) {
  %dk, %dv = attn.attend_grad_kv %q sees #attn.compressed<block = 6, stride = 3> in %k, %v, %cu of %do, %lse, %delta {tile.schedule = #tile.schedule<tokens = 4, keys = 8, parts = 5>} : !q, !k, !v, !cu, !o, !s, !s -> !k, !v
  return %dk, %dv : !k, !v
}

func.func @listed_parts(%q: !q {attn.name = "q"}, %k: !k {attn.name = "k"}, %v: !v {attn.name = "v"}, %i: tensor<?x2x3xi32> {attn.name = "indices"}, %cu: !cu {attn.name = "cu_seqlens"}, %do: !o {attn.name = "grad_o"}, %lse: !s {attn.name = "lse"}, %delta: !s {attn.name = "delta"})
    -> (!k {attn.name = "grad_k"}, !v {attn.name = "grad_v"}) {
  %bounds, %entries = attn.invert_lists %i over %cu block 32 : tensor<?x2x3xi32>, !cu -> tensor<?x2x2xi32>, tensor<?x2x3xi32>
  %dk, %dv = attn.attend_grad_kv %q sees #attn.selected<block = 32> in %k, %v, %cu of %do, %lse, %delta listed(%bounds, %entries : tensor<?x2x2xi32>, tensor<?x2x3xi32>)
      {tile.schedule = #tile.schedule<tokens = 5, keys = 8, parts = 3>} : !q, !k, !v, !cu, !o, !s, !s -> !k, !v
  return %dk, %dv : !k, !v
}

// The sum of two attentions' gradients, in its own place.
func.func @chained(%q: tensor<?x4x16xbf16> {attn.name = "q"}, %k: tensor<?x2x16xbf16> {attn.name = "k"}, %cu: !cu {attn.name = "cu_seqlens"}, %do: tensor<?x4x16xbf16> {attn.name = "grad_o"}, %lse: !s {attn.name = "lse"}, %delta: !s {attn.name = "delta"})
    -> (tensor<?x4x16xbf16> {attn.name = "grad_q"}) {
  %near = attn.attend_grad_q %q sees #attn.window<5> in %k, %k, %cu of %do, %lse, %delta
      : tensor<?x4x16xbf16>, tensor<?x2x16xbf16>, tensor<?x2x16xbf16>, !cu, tensor<?x4x16xbf16>, !s, !s -> tensor<?x4x16xbf16>
  %dq = attn.attend_grad_q %q sees #attn.causal in %k, %k, %cu of %do, %lse, %delta onto %near : tensor<?x4x16xbf16>
      : tensor<?x4x16xbf16>, tensor<?x2x16xbf16>, tensor<?x2x16xbf16>, !cu, tensor<?x4x16xbf16>, !s, !s -> tensor<?x4x16xbf16>
  return %dq : tensor<?x4x16xbf16>
}
