// RUN: fovea-opt %s --simt-inject-delays=seed=7 | FileCheck %s

// The words are "fovea-delay:", then the seed.
// CHECK-LABEL: gpu.module @ring
// CHECK:         llvm.mlir.global external @fovea_delay_seed(dense<[1702260582, 1701064033, 981033324, 7]> : tensor<4xi32>) {addr_space = 1 : i32, alignment = 4 : i64} : !llvm.array<4 x i32>
// CHECK:         llvm.func @ring(%[[BARRIER:.+]]: !llvm.ptr<3>
// A delay of 0 to 2047 ns: a hash of the seed, the operation, the warp, the block and the
// barrier.
// CHECK:           %[[THREAD:.+]] = simt.special thread
// CHECK:           %[[WARP:.+]] = arith.divui %[[THREAD]], %{{.+}} : i32
// CHECK:           %[[WORDS:.+]] = llvm.mlir.addressof @fovea_delay_seed
// CHECK:           %[[WORD:.+]] = llvm.getelementptr %[[WORDS]][3]
// CHECK:           %[[SEED:.+]] = llvm.load %[[WORD]]
// CHECK:           %[[SITE:.+]] = arith.constant 0 : i32
// CHECK:           %[[BLOCK:.+]] = simt.special block
// CHECK:           %[[ADDRESS:.+]] = llvm.ptrtoint %[[BARRIER]]
// CHECK:           arith.addi %[[SEED]], %[[SITE]]
// CHECK:           arith.addi %{{.+}}, %[[WARP]]
// CHECK:           arith.addi %{{.+}}, %[[BLOCK]]
// CHECK:           arith.addi %{{.+}}, %[[ADDRESS]]
// CHECK:           %[[MOST:.+]] = arith.constant 2047 : i32
// CHECK-NEXT:      %[[NANOSECONDS:.+]] = arith.andi %{{.+}}, %[[MOST]]
// CHECK-NEXT:      simt.sleep %[[NANOSECONDS]]
// CHECK-NEXT:      simt.barrier_wait %[[BARRIER]]
// Each operation has its own number.
// CHECK:           arith.constant 1 : i32
// CHECK:           simt.sleep
// CHECK-NEXT:      simt.barrier_arrive
// CHECK:           arith.constant 2 : i32
// CHECK:           simt.sleep
// CHECK-NEXT:      simt.barrier_expect
// CHECK:           arith.constant 3 : i32
// CHECK:           simt.sleep
// CHECK-NEXT:      simt.barrier_arrive_copies
// CHECK-NOT:       simt.sleep
gpu.module @ring {
  llvm.func @ring(%barrier: !llvm.ptr<3>, %parity: i32, %first: i1) {
    simt.barrier_init %barrier count 12 : !llvm.ptr<3>
    simt.barrier_wait %barrier parity %parity : !llvm.ptr<3>
    simt.barrier_arrive %barrier if %first : !llvm.ptr<3>
    simt.barrier_expect %barrier bytes 16384 : !llvm.ptr<3>
    simt.barrier_arrive_copies %barrier : !llvm.ptr<3>
    llvm.return
  }
}

// Without a barrier there is nothing to hold up.
// CHECK-LABEL: gpu.module @none
// CHECK-NOT:     fovea_delay_seed
gpu.module @none {
  llvm.func @none() {
    simt.sync_block
    llvm.return
  }
}
