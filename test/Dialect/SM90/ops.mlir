// RUN: fovea-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @places
// CHECK: sm90.special thread
// CHECK: sm90.special block
// CHECK: sm90.special blocks
// CHECK: sm90.shared_base : <3>
func.func @places() -> (i32, i32, i32, !llvm.ptr<3>) {
  %t = sm90.special thread
  %b = sm90.special block
  %n = sm90.special blocks
  %s = sm90.shared_base : !llvm.ptr<3>
  return %t, %b, %n, %s : i32, i32, i32, !llvm.ptr<3>
}

// CHECK-LABEL: @registers
// CHECK: sm90.set_registers increase 160
// CHECK: sm90.set_registers decrease 24
func.func @registers() {
  sm90.set_registers increase 160
  sm90.set_registers decrease 24
  return
}

// One warpgroup gives what the two others take: 24 + 2 * 240 of 3 * 168.
// CHECK-LABEL: @hand_over
llvm.func @hand_over() attributes {nvvm.minctasm = 1 : i32, nvvm.reqntid = array<i32: 384, 1, 1>} {
  sm90.set_registers decrease 24
  sm90.set_registers increase 240
  llvm.return
}

// CHECK-LABEL: @barriers
// CHECK: sm90.barrier_init %[[B:.+]] count 12 : <3>
// CHECK: sm90.fence_barrier_init
// CHECK: sm90.barrier_wait %[[B]] parity %{{.+}} : <3>
// CHECK: sm90.barrier_arrive %[[B]] if %{{.+}} : <3>
// CHECK: sm90.barrier_expect %[[B]] bytes 16384 : <3>
func.func @barriers(%b: !llvm.ptr<3>, %p: i32, %first: i1) {
  sm90.barrier_init %b count 12 : !llvm.ptr<3>
  sm90.fence_barrier_init
  sm90.barrier_wait %b parity %p : !llvm.ptr<3>
  sm90.barrier_arrive %b if %first : !llvm.ptr<3>
  sm90.barrier_expect %b bytes 16384 : !llvm.ptr<3>
  return
}

// CHECK-LABEL: @fences
// CHECK: sm90.fence_async
// CHECK: sm90.sync_block
// CHECK: sm90.sync_warp
// CHECK: sm90.sleep %{{.+}}
// CHECK: sm90.sync_named %{{.+}} threads 128
func.func @fences(%id: i32, %nanoseconds: i32) {
  sm90.fence_async
  sm90.sync_block
  sm90.sync_warp
  sm90.sleep %nanoseconds
  sm90.sync_named %id threads 128
  return
}

// CHECK-LABEL: @portable
// CHECK: sm90.barrier_wait %[[B:.+]] parity %{{.+}} polling : <3>
// CHECK: sm90.copy_async %{{.+}}, %{{.+}} if %{{.+}} : <3>, <1>
// CHECK: sm90.barrier_arrive_copies %[[B]] : <3>
// CHECK: sm90.copies_wait
func.func @portable(%b: !llvm.ptr<3>, %p: i32, %to: !llvm.ptr<3>, %from: !llvm.ptr<1>, %there: i1) {
  sm90.barrier_wait %b parity %p polling : !llvm.ptr<3>
  sm90.copy_async %to, %from if %there : !llvm.ptr<3>, !llvm.ptr<1>
  sm90.barrier_arrive_copies %b : !llvm.ptr<3>
  sm90.copies_wait
  return
}

// CHECK-LABEL: @copies
// CHECK: sm90.tma_load %{{.+}}, %{{.+}}[%{{.+}}, %{{.+}}, %{{.+}}] barrier %{{.+}} : <3>, !llvm.ptr
// CHECK: sm90.load_matrix %{{.+}} transpose : <3> -> vector<4xi32>
// CHECK: sm90.load_matrix %{{.+}} : <3> -> vector<4xi32>
func.func @copies(%to: !llvm.ptr<3>, %map: !llvm.ptr, %b: !llvm.ptr<3>, %p: !llvm.ptr<3>,
                  %c0: i32, %head: i32, %row: i32) -> vector<4xi32> {
  sm90.tma_load %to, %map[%c0, %head, %row] barrier %b : !llvm.ptr<3>, !llvm.ptr
  %a = sm90.load_matrix %p transpose : !llvm.ptr<3> -> vector<4xi32>
  %k = sm90.load_matrix %p : !llvm.ptr<3> -> vector<4xi32>
  return %a : vector<4xi32>
}

// CHECK-LABEL: @descriptor
// CHECK: sm90.descriptor %{{.+}} leading 8192 stride 1024 swizzle 128 : <3>
func.func @descriptor(%p: !llvm.ptr<3>) -> i64 {
  %d = sm90.descriptor %p leading 8192 stride 1024 swizzle 128 : !llvm.ptr<3>
  return %d : i64
}

// CHECK-LABEL: @products
// CHECK: sm90.wgmma_fence
// CHECK: %[[S:.+]] = sm90.wgmma bf16 %{{.+}}, %{{.+}} : i64 -> vector<32xf32>
// CHECK: sm90.wgmma bf16 %{{.+}}, %{{.+}} into %{{.+}} : vector<64xf32> transpose_b : vector<4xi32> -> vector<64xf32>
// CHECK: sm90.wgmma_commit
// CHECK: sm90.wgmma_wait 0 %[[S]] : vector<32xf32>
func.func @products(%a: i64, %b: i64, %p: vector<4xi32>, %v: i64, %o: vector<64xf32>)
    -> (vector<32xf32>, vector<64xf32>) {
  sm90.wgmma_fence
  %s = sm90.wgmma bf16 %a, %b : i64 -> vector<32xf32>
  %t = sm90.wgmma bf16 %p, %v into %o : vector<64xf32> transpose_b
      : vector<4xi32> -> vector<64xf32>
  sm90.wgmma_commit
  %r = sm90.wgmma_wait 0 %s : vector<32xf32>
  %u = sm90.wgmma_wait 0 %t : vector<64xf32>
  return %r, %u : vector<32xf32>, vector<64xf32>
}

// CHECK-LABEL: @mma
// CHECK: sm90.mma bf16 %{{.+}}, %{{.+}}, %{{.+}} : vector<4xi32>, vector<2xi32>, vector<4xf32>
// CHECK: sm90.mma f16
func.func @mma(%a: vector<4xi32>, %b: vector<2xi32>, %acc: vector<4xf32>) -> vector<4xf32> {
  %c = sm90.mma bf16 %a, %b, %acc : vector<4xi32>, vector<2xi32>, vector<4xf32>
  %d = sm90.mma f16 %a, %b, %c : vector<4xi32>, vector<2xi32>, vector<4xf32>
  return %d : vector<4xf32>
}

// CHECK-LABEL: @elementwise
// CHECK: sm90.approx exp2 %{{.+}} : vector<32xf32>
// CHECK: sm90.approx log2 %{{.+}} : vector<32xf32>
// CHECK: sm90.approx reciprocal %{{.+}} : f32
func.func @elementwise(%x: vector<32xf32>, %y: f32) -> (vector<32xf32>, f32) {
  %e = sm90.approx exp2 %x : vector<32xf32>
  %l = sm90.approx log2 %e : vector<32xf32>
  %r = sm90.approx reciprocal %y : f32
  return %l, %r : vector<32xf32>, f32
}

// CHECK-LABEL: @pairs
// CHECK: sm90.pack bf16 %{{.+}} : vector<32xf32> -> vector<16xi32>
// CHECK: sm90.pack f16
func.func @pairs(%x: vector<32xf32>) -> vector<16xi32> {
  %p = sm90.pack bf16 %x : vector<32xf32> -> vector<16xi32>
  %h = sm90.pack f16 %x : vector<32xf32> -> vector<16xi32>
  return %p : vector<16xi32>
}

// CHECK-LABEL: @unpack
// CHECK: sm90.unpack bf16 %{{.+}} : vector<16xi32> -> vector<32xf32>
func.func @unpack(%p: vector<16xi32>) -> vector<32xf32> {
  %x = sm90.unpack bf16 %p : vector<16xi32> -> vector<32xf32>
  return %x : vector<32xf32>
}

// CHECK-LABEL: @warp
// CHECK: sm90.shuffle xor %{{.+}}, %{{.+}} : f32
// CHECK: sm90.shuffle index %{{.+}}, %{{.+}} : i32
// CHECK: sm90.shuffle up %{{.+}}, %{{.+}} : i32
// CHECK: sm90.ballot %{{.+}}
// CHECK: sm90.elect
// CHECK: sm90.warp_reduce or %{{.+}}
func.func @warp(%x: f32, %c1: i32, %p: i1) -> (f32, i32) {
  %y = sm90.shuffle xor %x, %c1 : f32
  %i = sm90.shuffle index %c1, %c1 : i32
  %u = sm90.shuffle up %i, %c1 : i32
  %m = sm90.ballot %p
  %one = sm90.elect
  %o = sm90.warp_reduce or %m
  return %y, %o : f32, i32
}

// CHECK-LABEL: @least
// CHECK: sm90.warp_reduce min_unsigned %{{.+}}
func.func @least(%x: i32) -> i32 {
  %m = sm90.warp_reduce min_unsigned %x
  return %m : i32
}
