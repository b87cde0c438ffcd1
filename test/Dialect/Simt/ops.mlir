// RUN: fovea-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @places
// CHECK: simt.special thread
// CHECK: simt.special block
// CHECK: simt.special blocks
// CHECK: simt.special thread here
// CHECK: simt.shared_base : <3>
func.func @places() -> (i32, i32, i32, i32, !llvm.ptr<3>) {
  %t = simt.special thread
  %b = simt.special block
  %n = simt.special blocks
  %t_here = simt.special thread here
  %s = simt.shared_base : !llvm.ptr<3>
  return %t, %b, %n, %t_here, %s : i32, i32, i32, i32, !llvm.ptr<3>
}

// CHECK-LABEL: @registers
// CHECK: simt.set_registers increase 160
// CHECK: simt.set_registers decrease 24
func.func @registers() {
  simt.set_registers increase 160
  simt.set_registers decrease 24
  return
}

// One warpgroup gives what the two others take: 24 + 2 * 240 of 3 * 168.
// CHECK-LABEL: @hand_over
llvm.func @hand_over() attributes {nvvm.minctasm = 1 : i32, nvvm.reqntid = array<i32: 384, 1, 1>} {
  simt.set_registers decrease 24
  simt.set_registers increase 240
  llvm.return
}

// CHECK-LABEL: @barriers
// CHECK: simt.barrier_init %[[B:.+]] count 12 : <3>
// CHECK: simt.fence_barrier_init
// CHECK: simt.barrier_wait %[[B]] parity %{{.+}} : <3>
// CHECK: simt.barrier_arrive %[[B]] if %{{.+}} : <3>
// CHECK: simt.barrier_expect %[[B]] bytes 16384 : <3>
func.func @barriers(%b: !llvm.ptr<3>, %p: i32, %first: i1) {
  simt.barrier_init %b count 12 : !llvm.ptr<3>
  simt.fence_barrier_init
  simt.barrier_wait %b parity %p : !llvm.ptr<3>
  simt.barrier_arrive %b if %first : !llvm.ptr<3>
  simt.barrier_expect %b bytes 16384 : !llvm.ptr<3>
  return
}

// CHECK-LABEL: @fences
// CHECK: simt.fence_async
// CHECK: simt.sync_block
// CHECK: simt.sync_warp
// CHECK: simt.sleep %{{.+}}
// CHECK: simt.sync_named %{{.+}} threads 128
// CHECK: simt.arrive_named %{{.+}} threads 256
func.func @fences(%id: i32, %nanoseconds: i32) {
  simt.fence_async
  simt.sync_block
  simt.sync_warp
  simt.sleep %nanoseconds
  simt.sync_named %id threads 128
  simt.arrive_named %id threads 256
  return
}

// CHECK-LABEL: @portable
// CHECK: simt.barrier_wait %[[B:.+]] parity %{{.+}} polling : <3>
// CHECK: simt.copy_async %{{.+}}, %{{.+}} if %{{.+}} : <3>, <1>
// CHECK: simt.copy_async %{{.+}}, %{{.+}} bytes 8 if %{{.+}} : <3>, <1>
// CHECK: simt.barrier_arrive_copies %[[B]] : <3>
// CHECK: simt.copies_wait
func.func @portable(%b: !llvm.ptr<3>, %p: i32, %to: !llvm.ptr<3>, %from: !llvm.ptr<1>, %there: i1) {
  simt.barrier_wait %b parity %p polling : !llvm.ptr<3>
  simt.copy_async %to, %from if %there : !llvm.ptr<3>, !llvm.ptr<1>
  simt.copy_async %to, %from bytes 8 if %there : !llvm.ptr<3>, !llvm.ptr<1>
  simt.barrier_arrive_copies %b : !llvm.ptr<3>
  simt.copies_wait
  return
}

// CHECK-LABEL: @copies
// CHECK: simt.tma_load %{{.+}}, %{{.+}}[%{{.+}}, %{{.+}}, %{{.+}}] barrier %{{.+}} : <3>, !llvm.ptr
// CHECK: simt.load_matrix %{{.+}} transpose : <3> -> vector<4xi32>
// CHECK: simt.load_matrix %{{.+}} : <3> -> vector<4xi32>
func.func @copies(%to: !llvm.ptr<3>, %map: !llvm.ptr, %b: !llvm.ptr<3>, %p: !llvm.ptr<3>,
                  %c0: i32, %head: i32, %row: i32) -> vector<4xi32> {
  simt.tma_load %to, %map[%c0, %head, %row] barrier %b : !llvm.ptr<3>, !llvm.ptr
  %a = simt.load_matrix %p transpose : !llvm.ptr<3> -> vector<4xi32>
  %k = simt.load_matrix %p : !llvm.ptr<3> -> vector<4xi32>
  return %a : vector<4xi32>
}

// CHECK-LABEL: @descriptor
// CHECK: simt.descriptor %{{.+}} leading 8192 stride 1024 swizzle 128 : <3>
func.func @descriptor(%p: !llvm.ptr<3>) -> i64 {
  %d = simt.descriptor %p leading 8192 stride 1024 swizzle 128 : !llvm.ptr<3>
  return %d : i64
}

// CHECK-LABEL: @products
// CHECK: simt.wgmma_fence
// CHECK: %[[S:.+]] = simt.wgmma bf16 %{{.+}}, %{{.+}} : i64 -> vector<32xf32>
// CHECK: simt.wgmma bf16 %{{.+}}, %{{.+}} into %{{.+}} : vector<64xf32> transpose_b : vector<4xi32> -> vector<64xf32>
// CHECK: simt.wgmma_commit
// CHECK: simt.wgmma_wait 0 %[[S]] : vector<32xf32>
// CHECK: simt.wgmma_wait 0 %{{.+}}, %{{.+}} : vector<64xf32>, vector<32xf32>
func.func @products(%a: i64, %b: i64, %p: vector<4xi32>, %v: i64, %o: vector<64xf32>)
    -> (vector<32xf32>, vector<64xf32>) {
  simt.wgmma_fence
  %s = simt.wgmma bf16 %a, %b : i64 -> vector<32xf32>
  %t = simt.wgmma bf16 %p, %v into %o : vector<64xf32> transpose_b
      : vector<4xi32> -> vector<64xf32>
  simt.wgmma_commit
  %r = simt.wgmma_wait 0 %s : vector<32xf32>
  %u:2 = simt.wgmma_wait 0 %t, %r : vector<64xf32>, vector<32xf32>
  return %u#1, %u#0 : vector<32xf32>, vector<64xf32>
}

// CHECK-LABEL: @mma
// CHECK: simt.mma bf16 %{{.+}}, %{{.+}}, %{{.+}} : vector<4xi32>, vector<2xi32>, vector<4xf32>
// CHECK: simt.mma f16
func.func @mma(%a: vector<4xi32>, %b: vector<2xi32>, %acc: vector<4xf32>) -> vector<4xf32> {
  %c = simt.mma bf16 %a, %b, %acc : vector<4xi32>, vector<2xi32>, vector<4xf32>
  %d = simt.mma f16 %a, %b, %c : vector<4xi32>, vector<2xi32>, vector<4xf32>
  return %d : vector<4xf32>
}

// CHECK-LABEL: @elementwise
// CHECK: simt.approx exp2 %{{.+}} : vector<32xf32>
// CHECK: simt.approx log2 %{{.+}} : vector<32xf32>
// CHECK: simt.approx reciprocal %{{.+}} : f32
func.func @elementwise(%x: vector<32xf32>, %y: f32) -> (vector<32xf32>, f32) {
  %e = simt.approx exp2 %x : vector<32xf32>
  %l = simt.approx log2 %e : vector<32xf32>
  %r = simt.approx reciprocal %y : f32
  return %l, %r : vector<32xf32>, f32
}

// CHECK-LABEL: @pairs
// CHECK: simt.pack bf16 %{{.+}} : vector<32xf32> -> vector<16xi32>
// CHECK: simt.pack f16
func.func @pairs(%x: vector<32xf32>) -> vector<16xi32> {
  %p = simt.pack bf16 %x : vector<32xf32> -> vector<16xi32>
  %h = simt.pack f16 %x : vector<32xf32> -> vector<16xi32>
  return %p : vector<16xi32>
}

// CHECK-LABEL: @unpack
// CHECK: simt.unpack bf16 %{{.+}} : vector<16xi32> -> vector<32xf32>
func.func @unpack(%p: vector<16xi32>) -> vector<32xf32> {
  %x = simt.unpack bf16 %p : vector<16xi32> -> vector<32xf32>
  return %x : vector<32xf32>
}

// CHECK-LABEL: @warp
// CHECK: simt.shuffle xor %{{.+}}, %{{.+}} : f32
// CHECK: simt.shuffle index %{{.+}}, %{{.+}} : i32
// CHECK: simt.shuffle up %{{.+}}, %{{.+}} : i32
// CHECK: simt.ballot %{{.+}}
// CHECK: simt.elect
// CHECK: simt.warp_reduce or %{{.+}}
func.func @warp(%x: f32, %c1: i32, %p: i1) -> (f32, i32) {
  %y = simt.shuffle xor %x, %c1 : f32
  %i = simt.shuffle index %c1, %c1 : i32
  %u = simt.shuffle up %i, %c1 : i32
  %m = simt.ballot %p
  %one = simt.elect
  %o = simt.warp_reduce or %m
  return %y, %o : f32, i32
}

// CHECK-LABEL: @least
// CHECK: simt.warp_reduce min_unsigned %{{.+}}
func.func @least(%x: i32) -> i32 {
  %m = simt.warp_reduce min_unsigned %x
  return %m : i32
}
