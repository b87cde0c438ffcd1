// Partial sums that are stored over one another: a chain of attentions and gates adds up the same numbers
// placed and as threads, on both targets, where heads are padded and where sequences are empty.
// DEFINE: %{target} = sm_90a
// DEFINE: %{lower} = fovea-opt %s --fovea-attn-to-tile=target=%{target} -o %t.logical && fovea-opt %t.logical --fovea-place-tiles -o %t.placed && fovea-opt %t.placed --convert-tile-to-simt=target=%{target} -o %t.threads
// DEFINE: %{run} = --against=%t.logical --lengths=37,0,5 --policy=random --seeds=2
// RUN: %{lower}
// RUN: fovea-interpret %t.placed %{run} --entry=nsa_forward --nan-sequence=0 | FileCheck %s
// RUN: fovea-interpret %t.placed %{run} --entry=padded_forward | FileCheck %s
// RUN: fovea-interpret %t.placed %{run} --entry=given | FileCheck %s
// RUN: fovea-interpret %t.threads %{run} --entry=nsa_forward | FileCheck %s
// RUN: fovea-interpret %t.threads %{run} --entry=padded_forward | FileCheck %s
// RUN: fovea-interpret %t.threads %{run} --entry=given | FileCheck %s
// Where offsets say anything, rows that one sequence owns are defined all the same.
// RUN: fovea-interpret %t.threads --entry=nsa_forward --lengths=37,0,5 --garbage=2 | FileCheck %s
// CHECK: ok: {{[0-9]+}} orders

// A sum that the same kernel adds to waits in the result, and none takes workspace.
// RUN: FileCheck %s --check-prefix=LOGICAL < %t.logical
// LOGICAL-LABEL: func.func @padded_forward
// LOGICAL-SAME: %[[OUT:arg[0-9]+]]: memref<?x12x32xbf16> {tile.name = "o", tile.output
// LOGICAL-NOT: memref.alloc
// LOGICAL: tile.launch @padded_forward_combine{{.*}}, %[[OUT]])
// LOGICAL-NOT: tile.launch
// LOGICAL: tile.kernel private @padded_forward_combine({{.*}}: memref<?x12x32xbf16> {tile.in_place})

// The rounding of partial sums aside, the same as where each branch is stored.
// RUN: fovea-opt %s '--pass-pipeline=builtin.module(attn-expand-spec,func.func(attn-fuse{max-attends=1},attn-list-schedules{target=sm_90a},attn-choose-schedules),convert-attn-to-tile)' -o %t.stored
// RUN: fovea-opt %s --fovea-attn-to-tile=target=sm_90a -o %t.logical
// RUN: fovea-interpret %t.logical --against=%t.stored --lengths=37,0,5 --tolerance=0.02 --entry=padded_forward | FileCheck %s

// REDEFINE: %{target} = sm_80
// RUN: %{lower}
// RUN: fovea-interpret %t.threads %{run} --entry=nsa_forward | FileCheck %s
// RUN: fovea-interpret %t.threads %{run} --entry=padded_forward | FileCheck %s
// RUN: fovea-interpret %t.threads %{run} --entry=given | FileCheck %s

// What is not one's own rows is found: of another program, before it writes them or after; of another thread.
// DEFINE: %{broken} = not fovea-interpret - --unverified --policy=round-robin
// RUN: fovea-interpret %s --entry=add --grid=3,1 --lengths=96 | FileCheck %s
// RUN: sed 's|tile.load %%sum\[%%first|tile.load %%sum[%%next|' %s | %{broken} --entry=add --grid=2,1 --lengths=96 | FileCheck %s --check-prefix=BEFORE
// BEFORE: race: an element is written that another program or group of this launch reads
// RUN: sed 's|tile.load %%sum\[%%first|tile.load %%sum[%%c0|' %s | %{broken} --entry=add --grid=2,1 --lengths=96 | FileCheck %s --check-prefix=AFTER
// AFTER: race: an element is read that this launch writes
// RUN: fovea-interpret %s --entry=lanes --lengths=40 | FileCheck %s
// RUN: sed 's|%%p\[%%thread] // store|%%p[%%other]|' %s | %{broken} --entry=lanes --lengths=40 | FileCheck %s --check-prefix=LANE
// LANE: race: an element is written that another thread of this launch reads
// RUN: sed 's|// after|%%own = llvm.load %%to : !llvm.ptr<1> -> f32|' %s | fovea-interpret - --unverified --entry=lanes --lengths=40 | FileCheck %s
// RUN: sed 's|// after|%%at = llvm.getelementptr %%p[%%other] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, f32 %%late = llvm.load %%at : !llvm.ptr<1> -> f32|' %s | %{broken} --entry=lanes --lengths=40 | FileCheck %s --check-prefix=LATE
// LATE: race: an element is read that another thread of this launch has written

attn.spec @nsa heads 16 over 1 dims 32 x 32 of bf16 gates logits {
  attn.branch @compressed sees #attn.compressed<block = 8, stride = 4> by #attn.phi<mean>
  attn.branch @selected sees #attn.selected<block = 16> top 4 initial 1 local 2 ranked by @compressed
  attn.branch @window sees #attn.window<32>
}

attn.spec @padded heads 12 over 1 dims 32 x 32 of bf16 gates values {
  attn.branch @near sees #attn.window<16>
  attn.branch @all sees #attn.causal
}

!q = tensor<?x10x16xbf16>
!g = tensor<?x10x2xf32>

// Gates by themselves add to an argument, which stays what it is, and then to that sum.
func.func @given(%a: !q, %b: !q, %base: !q, %g: !g) -> !q {
  %p = attn.combine %a gates %g columns [1] values onto %base : (!q, !g, !q) -> !q
  %c = attn.combine %b gates %g columns [0] values onto %p : (!q, !g, !q) -> !q
  return %c : !q
}

tile.kernel @add(%x: memref<?x16xf32>, %sum: memref<?x16xf32> {tile.in_place}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  %program = tile.program_id 0
  %first = arith.muli %program, %c32 : index
  %after = arith.addi %program, %c1 : index
  %next = arith.muli %after, %c32 : index
  %a = tile.load %x[%first, %c0] sizes [32, 16] : memref<?x16xf32> -> tensor<32x16xf32>
  %b = tile.load %sum[%first, %c0] sizes [32, 16] : memref<?x16xf32> -> tensor<32x16xf32>
  %c = arith.addf %a, %b : tensor<32x16xf32>
  tile.store %c, %sum[%first, %c0] sizes [32, 16] : tensor<32x16xf32>, memref<?x16xf32>
  tile.return
}

func.func @lanes(%x: memref<?xf32>) {
  %one = arith.constant 1 : index
  tile.launch @double grid(%one) (%x) : memref<?xf32>
  return
}
gpu.module @double attributes {tile.kernel_abi = #tile.kernel_abi<threads = 32, shared_bytes = 0, params = [#tile.pointer<argument = 0>]>} {
  llvm.func @double(%p: !llvm.ptr<1>) attributes {nvvm.kernel} {
    %block = simt.special block
    %zero = arith.constant 0 : i32
    %is_first = arith.cmpi eq, %block, %zero : i32
    scf.if %is_first {
      %thread = simt.special thread
      %one = arith.constant 1 : i32
      %other = arith.xori %thread, %one : i32
      %from = llvm.getelementptr %p[%thread] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, f32
      %to = llvm.getelementptr %p[%thread] // store
          : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, f32
      %before = llvm.load %from : !llvm.ptr<1> -> f32
      %twice = arith.addf %before, %before : f32
      llvm.store %twice, %to : f32, !llvm.ptr<1>
      // after
    }
    llvm.return
  }
}
