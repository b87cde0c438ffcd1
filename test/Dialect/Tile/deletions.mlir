// Each put, get, release, post, take and wait of real kernels, deleted one at a time: none of
// the mutants is valid.
// RUN: fovea-opt %s --fovea-attn-to-tile=target=sm_90a --fovea-place-tiles -o %t
// RUN: fovea-delete %t | FileCheck %s
// CHECK-NOT: valid without
// CHECK:     tile.await_turn: {{[0-9]+}} mutants, refused by 'tile.pass_turn' {{[0-9]+}}{{$}}
// CHECK:     tile.get: {{[0-9]+}} mutants, refused by
// CHECK:     tile.pass_turn: {{[0-9]+}} mutants, refused by 'tile.await_turn' {{[0-9]+}}{{$}}
// CHECK:     tile.post: {{[0-9]+}} mutants, refused by
// CHECK:     tile.put: {{[0-9]+}} mutants, refused by
// CHECK:     tile.release: {{[0-9]+}} mutants, refused by 'tile.get' {{[0-9]+}}{{$}}
// CHECK:     tile.take: {{[0-9]+}} mutants, refused by
// CHECK:     tile.wait: {{[0-9]+}} mutants, refused by 'tile.issue_dot' {{[0-9]+}}{{$}}

// What is valid is found: without this it is only the numbers that are wrong.
// RUN: not fovea-delete %t --of=tile.clear_rows | FileCheck %s --check-prefix=VALID
// VALID: valid without @{{.+}}: tile.clear_rows

!q = tensor<?x64x128xbf16>
!kv = tensor<?x4x128xbf16>
!cu = tensor<?xi32>

// Scores and top-k, compressed, selected and window attention, and the MLP that compresses.
attn.spec @nsa heads 64 over 4 dims 128 x 128 of bf16 gates logits {
  attn.branch @compressed sees #attn.compressed<block = 32, stride = 16> by #attn.phi<mlp, hidden = 32, activation = gelu>
  attn.branch @selected sees #attn.selected<block = 64> top 16 initial 1 local 2 ranked by @compressed
  attn.branch @window sees #attn.window<512>
}

func.func @dense(%q: !q, %k: !kv, %v: !kv, %cu: !cu) -> (!q, tensor<?x64xf32>) {
  %o, %lse = attn.attend %q sees #attn.causal in %k, %v, %cu : !q, !kv, !kv, !cu -> !q, tensor<?x64xf32>
  return %o, %lse : !q, tensor<?x64xf32>
}

// Fewer than four warps: mma.sync.
func.func @one_warp(%q: tensor<?x2x64xbf16>, %k: tensor<?x2x64xbf16>, %v: tensor<?x2x64xbf16>, %cu: !cu) -> (tensor<?x2x64xbf16>, tensor<?x2xf32>) {
  %o, %lse = attn.attend %q sees #attn.window<50> in %k, %v, %cu {tile.schedule = #tile.schedule<tokens = 16, keys = 64>} : tensor<?x2x64xbf16>, tensor<?x2x64xbf16>, tensor<?x2x64xbf16>, !cu -> tensor<?x2x64xbf16>, tensor<?x2xf32>
  return %o, %lse : tensor<?x2x64xbf16>, tensor<?x2xf32>
}
