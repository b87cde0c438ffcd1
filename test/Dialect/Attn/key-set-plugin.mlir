// A key set from outside (examples/extension) is as good as a built-in one: nothing in lib/ names a
// key set.
// RUN: fovea-opt %s --load-dialect-plugin=%fovea_output/lib/FoveaExample.so \
// RUN:   --verify-roundtrip | FileCheck %s
// RUN: fovea-opt %s --load-dialect-plugin=%fovea_output/lib/FoveaExample.so \
// RUN:   --attn-expand-spec --attn-choose-schedules --convert-attn-to-tile | FileCheck %s --check-prefix=TILE

// CHECK-LABEL: @attend
// CHECK: attn.attend %{{.+}} sees #example.dilated<window = 64, step = 4> in %{{.+}} :
func.func @attend(%q: tensor<?x8x64xf32>, %k: tensor<?x2x64xf32>, %cu: tensor<?xi32>) {
  %o, %lse = attn.attend %q sees #example.dilated<window = 64, step = 4> in %k, %k, %cu
      : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x64xf32>, tensor<?xi32>
      -> tensor<?x8x64xf32>, tensor<?x8xf32>
  return
}

// CHECK-LABEL: attn.spec @dilated
// CHECK-NEXT: attn.branch @near sees #attn.window<16>
// CHECK-NEXT: attn.branch @far sees #example.dilated<window = 512, step = 8>
// TILE-NOT: attn.
// TILE-NOT: dilated<
// TILE: tile.kernel
// TILE: arith.remui
// TILE-NOT: dilated<
attn.spec @dilated heads 8 over 2 dims 64 x 64 of f32 gates logits {
  attn.branch @near sees #attn.window<16>
  attn.branch @far sees #example.dilated<window = 512, step = 8>
}
