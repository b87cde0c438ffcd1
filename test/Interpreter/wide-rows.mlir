// Rows of fragments, by 16 bytes a lane and what is left of them by 4: other branches' rows are loaded so, and the sums
// stored, of 64 to 128 columns, in both 16-bit types, with tokens of 16 rows and of 12 heads in 16, both targets.
// DEFINE: %{target} = sm_90a
// DEFINE: %{lower} = fovea-opt %s --attn-list-schedules=target=%{target} --attn-choose-schedules --convert-attn-to-tile -o %t.logical && fovea-opt %t.logical --fovea-place-tiles --convert-tile-to-simt=target=%{target} -o %t.simt
// DEFINE: %{run} = fovea-interpret --against=%t.logical --policy=random --seeds=1 --lengths=5,0,9 --nan-sequence=0
// RUN: %{lower}
// RUN: %{run} %t.simt --entry=columns_64 | FileCheck %s
// RUN: %{run} %t.simt --entry=columns_80 | FileCheck %s
// RUN: %{run} %t.simt --entry=columns_96 | FileCheck %s
// RUN: %{run} %t.simt --entry=columns_112 | FileCheck %s
// RUN: %{run} %t.simt --entry=columns_128 | FileCheck %s
// RUN: %{run} %t.simt --entry=padded | FileCheck %s
// CHECK: ok: {{[0-9]+}} orders

// Words that go to the wrong lane show.
// RUN: sed '/simt.shuffle xor .* : i32/s/xor/index/' %t.simt > %t.broken
// RUN: not %{run} %t.broken --entry=columns_80 | FileCheck %s --check-prefix=LANES
// LANES: numbers:

// REDEFINE: %{target} = sm_80
// RUN: %{lower}
// RUN: %{run} %t.simt --entry=columns_80 | FileCheck %s
// RUN: %{run} %t.simt --entry=padded | FileCheck %s

!cu = tensor<?xi32>

func.func @columns_64(%q: tensor<?x16x64xf16>, %k: tensor<?x1x64xf16>, %v: tensor<?x1x64xf16>, %cu: !cu, %a: tensor<?x16x64xf16>, %g: tensor<?x16x2xf32>) -> tensor<?x16x64xf16> {
  %x = attn.group attributes {tile.schedule = #tile.schedule<tokens = 4, keys = 32, gpu = <stages = 2>>} {
    %o, %lse = attn.attend %q sees #attn.causal in %k, %v, %cu {tile.schedule = #tile.schedule<tokens = 4, keys = 32>} : tensor<?x16x64xf16>, tensor<?x1x64xf16>, tensor<?x1x64xf16>, !cu -> tensor<?x16x64xf16>, tensor<?x16xf32>
    %c = attn.combine %a, %o gates %g logits {tile.schedule = #tile.schedule<tokens = 4, keys = 32>} : (tensor<?x16x64xf16>, tensor<?x16x64xf16>, tensor<?x16x2xf32>) -> tensor<?x16x64xf16>
    attn.yield %c : tensor<?x16x64xf16>
  } : tensor<?x16x64xf16>
  return %x : tensor<?x16x64xf16>
}

func.func @columns_80(%q: tensor<?x16x80xbf16>, %k: tensor<?x1x80xbf16>, %v: tensor<?x1x80xbf16>, %cu: !cu, %a: tensor<?x16x80xbf16>, %g: tensor<?x16x2xf32>) -> tensor<?x16x80xbf16> {
  %x = attn.group attributes {tile.schedule = #tile.schedule<tokens = 4, keys = 32, gpu = <stages = 2>>} {
    %o, %lse = attn.attend %q sees #attn.causal in %k, %v, %cu {tile.schedule = #tile.schedule<tokens = 4, keys = 32>} : tensor<?x16x80xbf16>, tensor<?x1x80xbf16>, tensor<?x1x80xbf16>, !cu -> tensor<?x16x80xbf16>, tensor<?x16xf32>
    %c = attn.combine %a, %o gates %g logits {tile.schedule = #tile.schedule<tokens = 4, keys = 32>} : (tensor<?x16x80xbf16>, tensor<?x16x80xbf16>, tensor<?x16x2xf32>) -> tensor<?x16x80xbf16>
    attn.yield %c : tensor<?x16x80xbf16>
  } : tensor<?x16x80xbf16>
  return %x : tensor<?x16x80xbf16>
}

func.func @columns_96(%q: tensor<?x16x96xbf16>, %k: tensor<?x1x96xbf16>, %v: tensor<?x1x96xbf16>, %cu: !cu, %a: tensor<?x16x96xbf16>, %g: tensor<?x16x2xf32>) -> tensor<?x16x96xbf16> {
  %x = attn.group attributes {tile.schedule = #tile.schedule<tokens = 4, keys = 32, gpu = <stages = 2>>} {
    %o, %lse = attn.attend %q sees #attn.causal in %k, %v, %cu {tile.schedule = #tile.schedule<tokens = 4, keys = 32>} : tensor<?x16x96xbf16>, tensor<?x1x96xbf16>, tensor<?x1x96xbf16>, !cu -> tensor<?x16x96xbf16>, tensor<?x16xf32>
    %c = attn.combine %a, %o gates %g logits {tile.schedule = #tile.schedule<tokens = 4, keys = 32>} : (tensor<?x16x96xbf16>, tensor<?x16x96xbf16>, tensor<?x16x2xf32>) -> tensor<?x16x96xbf16>
    attn.yield %c : tensor<?x16x96xbf16>
  } : tensor<?x16x96xbf16>
  return %x : tensor<?x16x96xbf16>
}

func.func @columns_112(%q: tensor<?x16x112xf16>, %k: tensor<?x1x112xf16>, %v: tensor<?x1x112xf16>, %cu: !cu, %a: tensor<?x16x112xf16>, %g: tensor<?x16x2xf32>) -> tensor<?x16x112xf16> {
  %x = attn.group attributes {tile.schedule = #tile.schedule<tokens = 4, keys = 32, gpu = <stages = 2>>} {
    %o, %lse = attn.attend %q sees #attn.causal in %k, %v, %cu {tile.schedule = #tile.schedule<tokens = 4, keys = 32>} : tensor<?x16x112xf16>, tensor<?x1x112xf16>, tensor<?x1x112xf16>, !cu -> tensor<?x16x112xf16>, tensor<?x16xf32>
    %c = attn.combine %a, %o gates %g logits {tile.schedule = #tile.schedule<tokens = 4, keys = 32>} : (tensor<?x16x112xf16>, tensor<?x16x112xf16>, tensor<?x16x2xf32>) -> tensor<?x16x112xf16>
    attn.yield %c : tensor<?x16x112xf16>
  } : tensor<?x16x112xf16>
  return %x : tensor<?x16x112xf16>
}

func.func @columns_128(%q: tensor<?x16x128xbf16>, %k: tensor<?x1x128xbf16>, %v: tensor<?x1x128xbf16>, %cu: !cu, %a: tensor<?x16x128xbf16>, %g: tensor<?x16x2xf32>) -> tensor<?x16x128xbf16> {
  %x = attn.group attributes {tile.schedule = #tile.schedule<tokens = 4, keys = 32, gpu = <stages = 2>>} {
    %o, %lse = attn.attend %q sees #attn.causal in %k, %v, %cu {tile.schedule = #tile.schedule<tokens = 4, keys = 32>} : tensor<?x16x128xbf16>, tensor<?x1x128xbf16>, tensor<?x1x128xbf16>, !cu -> tensor<?x16x128xbf16>, tensor<?x16xf32>
    %c = attn.combine %a, %o gates %g logits {tile.schedule = #tile.schedule<tokens = 4, keys = 32>} : (tensor<?x16x128xbf16>, tensor<?x16x128xbf16>, tensor<?x16x2xf32>) -> tensor<?x16x128xbf16>
    attn.yield %c : tensor<?x16x128xbf16>
  } : tensor<?x16x128xbf16>
  return %x : tensor<?x16x128xbf16>
}

func.func @padded(%q: tensor<?x24x80xbf16>, %k: tensor<?x2x80xbf16>, %v: tensor<?x2x80xbf16>, %cu: !cu, %a: tensor<?x24x80xbf16>, %g: tensor<?x24x2xf32>) -> tensor<?x24x80xbf16> {
  %x = attn.group attributes {tile.schedule = #tile.schedule<tokens = 4, keys = 32, group_rows = 16, gpu = <stages = 2>>} {
    %o, %lse = attn.attend %q sees #attn.causal in %k, %v, %cu {tile.schedule = #tile.schedule<tokens = 4, keys = 32, group_rows = 16>} : tensor<?x24x80xbf16>, tensor<?x2x80xbf16>, tensor<?x2x80xbf16>, !cu -> tensor<?x24x80xbf16>, tensor<?x24xf32>
    %c = attn.combine %a, %o gates %g logits {tile.schedule = #tile.schedule<tokens = 4, keys = 32, group_rows = 16>} : (tensor<?x24x80xbf16>, tensor<?x24x80xbf16>, tensor<?x24x2xf32>) -> tensor<?x24x80xbf16>
    attn.yield %c : tensor<?x24x80xbf16>
  } : tensor<?x24x80xbf16>
  return %x : tensor<?x24x80xbf16>
}
