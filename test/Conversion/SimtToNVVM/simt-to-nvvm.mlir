// RUN: fovea-opt %s --convert-simt-to-nvvm | FileCheck %s
// RUN: fovea-opt %s --convert-simt-to-nvvm | FileCheck %s --check-prefix=LEFT

// LEFT-NOT: simt.

// CHECK-LABEL: func.func @places(
// CHECK: nvvm.read.ptx.sreg.tid.x
// CHECK: nvvm.read.ptx.sreg.ctaid.x
// CHECK: nvvm.read.ptx.sreg.nctaid.x
func.func @places() -> (i32, i32, i32) {
  %t = simt.special thread
  %b = simt.special block
  %n = simt.special blocks
  return %t, %b, %n : i32, i32, i32
}

llvm.mlir.global external @fovea_shared() {addr_space = 3 : i32, alignment = 1024 : i64} : !llvm.array<0 x i8>

// CHECK-LABEL: func.func @shared(
// CHECK: llvm.mlir.addressof @fovea_shared : !llvm.ptr<3>
func.func @shared() -> !llvm.ptr<3> {
  %s = simt.shared_base : !llvm.ptr<3>
  return %s : !llvm.ptr<3>
}

// CHECK-LABEL: func.func @registers(
// CHECK: nvvm.setmaxregister  increase 160
// CHECK: nvvm.setmaxregister  decrease 24
func.func @registers() {
  simt.set_registers increase 160
  simt.set_registers decrease 24
  return
}

// CHECK-LABEL: func.func @barriers(
// CHECK: %[[COUNT:.+]] = arith.constant 12 : i32
// CHECK: nvvm.mbarrier.init %[[B:.+]], %[[COUNT]]
// CHECK: nvvm.fence.mbarrier.init
// CHECK: nvvm.mbarrier.try_wait.parity %[[B]], %{{.+}}, %{{.+}}
// CHECK: llvm.inline_asm has_side_effects {{.*}}"{ .reg .pred p; setp.ne.b32 p, $1, 0; @p mbarrier.arrive.shared::cta.b64 _, [$0]; }"{{.*}} %[[B]],
// CHECK: %[[BYTES:.+]] = arith.constant 16384 : i32
// CHECK: nvvm.mbarrier.arrive.expect_tx %[[B]], %[[BYTES]]
func.func @barriers(%b: !llvm.ptr<3>, %p: i32, %first: i1) {
  simt.barrier_init %b count 12 : !llvm.ptr<3>
  simt.fence_barrier_init
  simt.barrier_wait %b parity %p : !llvm.ptr<3>
  simt.barrier_arrive %b if %first : !llvm.ptr<3>
  simt.barrier_expect %b bytes 16384 : !llvm.ptr<3>
  return
}

// As every target has it: a loop of its own, lanes on their own paths through it.
// CHECK-LABEL: func.func @poll(
// CHECK: llvm.inline_asm has_side_effects {{.*}}"{ .reg .pred p; POLL: mbarrier.test_wait.parity.shared::cta.b64 p, [$0], $1; @!p bra POLL; }", "r,r,~{memory}"
func.func @poll(%b: !llvm.ptr<3>, %p: i32) {
  simt.barrier_wait %b parity %p polling : !llvm.ptr<3>
  return
}

// What is not there has no bytes to read: zeros are written. The copies that go past the cache are of 16 bytes.
// CHECK-LABEL: func.func @copies_of_lanes(
// CHECK-SAME: %[[TO:.+]]: !llvm.ptr<3>, %[[FROM:.+]]: !llvm.ptr<1>, %[[B:.+]]: !llvm.ptr<3>, %[[THERE:.+]]: i1
// CHECK: %[[BYTES:.+]] = arith.select %[[THERE]], %c16_i32, %c0_i32
// CHECK: nvvm.cp.async.shared.global %[[TO]], %[[FROM]], 16, cache = cg, %[[BYTES]]
// CHECK: nvvm.cp.async.shared.global %[[TO]], %[[FROM]], 4, cache = ca, %{{.+}}
// CHECK: nvvm.cp.async.mbarrier.arrive %[[B]] {noinc = true}
// CHECK: llvm.inline_asm has_side_effects {{.*}}"cp.async.wait_all;"
func.func @copies_of_lanes(%to: !llvm.ptr<3>, %from: !llvm.ptr<1>, %b: !llvm.ptr<3>, %there: i1) {
  simt.copy_async %to, %from if %there : !llvm.ptr<3>, !llvm.ptr<1>
  simt.copy_async %to, %from bytes 4 if %there : !llvm.ptr<3>, !llvm.ptr<1>
  simt.barrier_arrive_copies %b : !llvm.ptr<3>
  simt.copies_wait
  return
}

// CHECK-LABEL: func.func @fences(
// CHECK: llvm.inline_asm has_side_effects {{.*}}"fence.proxy.async.shared::cta;"
// CHECK: nvvm.barrier0
// CHECK: nvvm.bar.warp.sync
// CHECK: llvm.inline_asm has_side_effects {{.*}}"nanosleep.u32 $0;", "r" %[[NANOSECONDS:.+]] :
// CHECK: llvm.inline_asm has_side_effects {{.*}}"bar.sync $0, $1;"
func.func @fences(%id: i32, %nanoseconds: i32) {
  simt.fence_async
  simt.sync_block
  simt.sync_warp
  simt.sleep %nanoseconds
  simt.sync_named %id threads 128
  return
}

// CHECK-LABEL: func.func @copies(
// CHECK: %[[TO:.+]] = llvm.inttoptr %{{.+}} : i64 to !llvm.ptr<7>
// CHECK: nvvm.cp.async.bulk.tensor.shared.cluster.global %[[TO]], %{{.+}}, %{{.+}}, box[%{{.+}}, %{{.+}}, %{{.+}}] : !llvm.ptr<7>, !llvm.ptr
// CHECK: "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {$0,$1,$2,$3}, [$4];"
// CHECK: "ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {$0,$1,$2,$3}, [$4];"
func.func @copies(%to: !llvm.ptr<3>, %map: !llvm.ptr, %b: !llvm.ptr<3>, %i: i32) -> (vector<4xi32>, vector<4xi32>) {
  simt.tma_load %to, %map[%i, %i, %i] barrier %b : !llvm.ptr<3>, !llvm.ptr
  %a = simt.load_matrix %to : !llvm.ptr<3> -> vector<4xi32>
  %k = simt.load_matrix %to transpose : !llvm.ptr<3> -> vector<4xi32>
  return %a, %k : vector<4xi32>, vector<4xi32>
}

// 16 >> 4 << 16 | 1024 >> 4 << 32 | 1 << 62.
// CHECK-LABEL: func.func @descriptor(
// CHECK: %[[LOW:.+]] = arith.andi %{{.+}}, %c262143_i64
// CHECK: %[[ADDRESS:.+]] = arith.shrui %[[LOW]], %c4_i64
// CHECK: %[[FIXED:.+]] = arith.constant 4611686293305360384 : i64
// CHECK: arith.ori %[[ADDRESS]], %[[FIXED]]
func.func @descriptor(%p: !llvm.ptr<3>) -> i64 {
  %d = simt.descriptor %p leading 16 stride 1024 swizzle 128 : !llvm.ptr<3>
  return %d : i64
}

// Without an input the product starts from zero: scale-d is 0.
// CHECK-LABEL: func.func @wgmma(
// CHECK: nvvm.wgmma.fence.aligned
// CHECK: llvm.inline_asm has_side_effects {{.*}}"wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 {$0,$1,$2,$3}, $4, $5, 0, 1, 1, 0, 0;", "=f,=f,=f,=f,l,l"
// CHECK: nvvm.wgmma.commit.group.sync.aligned
// CHECK: llvm.inline_asm has_side_effects {{.*}}"wgmma.wait_group.sync.aligned 1;", "=f,=f,=f,=f,0,1,2,3,~{memory}"
func.func @wgmma(%a: i64, %b: i64) -> vector<4xf32> {
  simt.wgmma_fence
  %s = simt.wgmma bf16 %a, %b : i64 -> vector<4xf32>
  simt.wgmma_commit
  %r = simt.wgmma_wait 1 %s : vector<4xf32>
  return %r : vector<4xf32>
}

// What goes through a wait is tied to it, behind the product's own registers.
// CHECK-LABEL: @wgmma_wait_through
// CHECK: "wgmma.wait_group.sync.aligned 1;", "=f,=f,=f,=f,=f,=f,0,1,2,3,4,5,~{memory}"
func.func @wgmma_wait_through(%a: i64, %b: i64, %x: vector<2xf32>) -> (vector<4xf32>, vector<2xf32>) {
  %s = simt.wgmma bf16 %a, %b : i64 -> vector<4xf32>
  %r:2 = simt.wgmma_wait 1 %s, %x : vector<4xf32>, vector<2xf32>
  return %r#0, %r#1 : vector<4xf32>, vector<2xf32>
}

// CHECK-LABEL: @arrive_named
// CHECK: "bar.arrive $0, $1;", "r,r,~{memory}"
func.func @arrive_named(%id: i32) {
  simt.arrive_named %id threads 256
  return
}

// Results are tied to the input; an operand in registers has no transposition.
// CHECK-LABEL: func.func @wgmma_from_registers(
// CHECK: "wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 {$0,$1,$2,$3}, {$8,$9,$10,$11}, $12, 1, 1, 1, 1;", "=f,=f,=f,=f,0,1,2,3,r,r,r,r,l"
func.func @wgmma_from_registers(%p: vector<4xi32>, %v: i64, %o: vector<4xf32>) -> vector<4xf32> {
  %t = simt.wgmma f16 %p, %v into %o : vector<4xf32> transpose_b : vector<4xi32> -> vector<4xf32>
  %r = simt.wgmma_wait 0 %t : vector<4xf32>
  return %r : vector<4xf32>
}

// CHECK-LABEL: func.func @mma(
// CHECK: "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {$0,$1,$2,$3}, {$4,$5,$6,$7}, {$8,$9}, {$10,$11,$12,$13};"
func.func @mma(%a: vector<4xi32>, %b: vector<2xi32>, %acc: vector<4xf32>) -> vector<4xf32> {
  %c = simt.mma bf16 %a, %b, %acc : vector<4xi32>, vector<2xi32>, vector<4xf32>
  return %c : vector<4xf32>
}

// CHECK-LABEL: func.func @approx(
// CHECK: llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz.f"
// CHECK: llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz.f"
// CHECK: llvm.call_intrinsic "llvm.nvvm.lg2.approx.ftz.f"
// CHECK: nvvm.rcp.approx.ftz.f
// CHECK: llvm.call_intrinsic "llvm.nvvm.sqrt.approx.ftz.f"
// CHECK: llvm.inline_asm {{.*}}"tanh.approx.f32 $0, $1;", "=f,f"
func.func @approx(%x: vector<2xf32>, %y: f32) -> (vector<2xf32>, f32, f32, f32, f32) {
  %e = simt.approx exp2 %x : vector<2xf32>
  %l = simt.approx log2 %y : f32
  %r = simt.approx reciprocal %y : f32
  %q = simt.approx sqrt %y : f32
  %t = simt.approx tanh %y : f32
  return %e, %l, %r, %q, %t : vector<2xf32>, f32, f32, f32, f32
}

// The first value is the low half.
// CHECK-LABEL: func.func @pack(
// CHECK: %[[X:.+]]:2 = vector.to_elements
// CHECK: nvvm.convert.f32x2.to.bf16x2 %[[X]]#1, %[[X]]#0 {rnd = #nvvm.fp_rnd_mode<rn>}
// CHECK: nvvm.convert.f32x2.to.f16x2 %{{.+}}#1, %{{.+}}#0 {rnd = #nvvm.fp_rnd_mode<rn>}
func.func @pack(%x: vector<2xf32>) -> (vector<1xi32>, vector<1xi32>) {
  %p = simt.pack bf16 %x : vector<2xf32> -> vector<1xi32>
  %q = simt.pack f16 %x : vector<2xf32> -> vector<1xi32>
  return %p, %q : vector<1xi32>, vector<1xi32>
}

// CHECK-LABEL: func.func @unpack(
// CHECK: %[[LOW:.+]] = arith.shli %[[WORD:.+]], %c16_i32
// CHECK: %[[HIGH:.+]] = arith.andi %[[WORD]], %c-65536_i32
// CHECK: arith.bitcast %[[LOW]] : i32 to f32
// CHECK: arith.bitcast %[[HIGH]] : i32 to f32
// CHECK: llvm.bitcast %{{.+}} : i32 to vector<2xf16>
// CHECK: arith.extf
// CHECK: arith.extf
func.func @unpack(%p: vector<1xi32>) -> (vector<2xf32>, vector<2xf32>) {
  %x = simt.unpack bf16 %p : vector<1xi32> -> vector<2xf32>
  %y = simt.unpack f16 %p : vector<1xi32> -> vector<2xf32>
  return %x, %y : vector<2xf32>, vector<2xf32>
}

// All lanes take part.
// CHECK-LABEL: func.func @warp(
// CHECK: nvvm.shfl.sync  bfly
// CHECK: nvvm.shfl.sync  idx
// CHECK: nvvm.shfl.sync  up
// CHECK: nvvm.vote.sync  ballot
// CHECK: nvvm.elect.sync -> i1
// CHECK: nvvm.redux.sync  or
// CHECK: nvvm.redux.sync  umin
func.func @warp(%x: f32, %i: i32, %p: i1) -> (f32, i32, i32, i32, i32, i32) {
  %a = simt.shuffle xor %x, %i : f32
  %b = simt.shuffle index %i, %i : i32
  %c = simt.shuffle up %i, %i : i32
  %m = simt.ballot %p
  %one = simt.elect
  %o = simt.warp_reduce or %i
  %u = simt.warp_reduce min_unsigned %i
  return %a, %b, %c, %m, %o, %u : f32, i32, i32, i32, i32, i32
}
