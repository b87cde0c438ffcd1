// RUN: fovea-opt %s --convert-tile-to-simt | FileCheck %s

!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>

// How the kernel is launched: views as pointers with their dynamic sizes, scalars, the
// grid, then a tensor map per view and box. A producer costs a warpgroup. Slots come
// first in shared memory, barriers last.
// CHECK-LABEL: gpu.module @params
// CHECK-SAME:  threads = 256, shared_bytes = 16416
// CHECK-SAME:  params = [#tile.pointer<argument = 0, read_only = true>, #tile.size<argument = 0, axis = 0>, #tile.scalar<argument = 1, type = f32>, #tile.scalar<argument = 2, type = i64>, #tile.programs<axis = 0>, #tile.programs<axis = 1>, #tile.tensor_map<argument = 0, box = [64, 1, 64], swizzle = 128>]
// CHECK:       llvm.mlir.global external @fovea_shared() {addr_space = 3 : i32, alignment = 1024 : i64}
// CHECK:       llvm.func @params(%{{.+}}: !llvm.ptr<1>, %{{.+}}: i64, %{{.+}}: f32, %{{.+}}: i64, %{{.+}}: i32, %{{.+}}: i32, %{{.+}}: !llvm.ptr {llvm.align = 64 : i64, llvm.byval = !llvm.array<128 x i8>, nvvm.grid_constant})
// CHECK-SAME:  nvvm.reqntid = array<i32: 256, 1, 1>
// A slot is full when the producer has arrived, empty when each of the 4 warps has.
// CHECK:         simt.barrier_init %{{.+}} count 1
// CHECK:         simt.barrier_init %{{.+}} count 4
// CHECK:         simt.fence_barrier_init
// CHECK:       simt.sync_block
// CHECK-NOT:   simt.set_registers
// CHECK-NOT:   tile.kernel
tile.kernel @params(%x: memref<?x2x64xbf16>, %scale: f32, %count: index) {
  %c0 = arith.constant 0 : index
  %n = arith.constant 0 : i32
  %ring = tile.make_ring : !tile.ring<2 x !half>
  tile.specialize producer {
    tile.put %ring at %n, %x[%c0, %c0, %c0] sizes [64, 1, 64] : !tile.ring<2 x !half>, memref<?x2x64xbf16>
  } consumers 4 {
    %k = tile.get %ring at %n : !tile.ring<2 x !half>
    tile.release %ring at %n : !tile.ring<2 x !half>
  }
  tile.return
}

// Several warpgroups of consumers get the registers that the producer does not need.
// CHECK-LABEL: gpu.module @registers
// CHECK-SAME:  threads = 384
// CHECK:       simt.set_registers decrease 40
// CHECK:       simt.set_registers increase 232
tile.kernel @registers(%x: memref<?x64xbf16>) {
  %c0 = arith.constant 0 : index
  %n = arith.constant 0 : i32
  %ring = tile.make_ring : !tile.ring<2 x !half>
  tile.specialize producer {
    tile.put %ring at %n, %x[%c0, %c0] sizes [64, 64] : !tile.ring<2 x !half>, memref<?x64xbf16>
  } consumers 8 {
    %k = tile.get %ring at %n : !tile.ring<2 x !half>
    tile.release %ring at %n : !tile.ring<2 x !half>
  }
  tile.return
}

// Two blocks of a multiprocessor share its registers where the schedule says so.
// CHECK-LABEL: gpu.module @resident
// CHECK:       nvvm.minctasm = 2
// CHECK:       simt.set_registers decrease 32
// CHECK:       simt.set_registers increase 224
tile.kernel @resident(%x: memref<?x64xbf16>)
    attributes {tile.schedule = #tile.schedule<tokens = 4, keys = 64, gpu = <stages = 2, residency = 2>>} {
  %c0 = arith.constant 0 : index
  %n = arith.constant 0 : i32
  %ring = tile.make_ring : !tile.ring<2 x !half>
  tile.specialize producer {
    tile.put %ring at %n, %x[%c0, %c0] sizes [64, 64] : !tile.ring<2 x !half>, memref<?x64xbf16>
  } consumers 4 {
    %k = tile.get %ring at %n : !tile.ring<2 x !half>
    tile.release %ring at %n : !tile.ring<2 x !half>
  }
  tile.return
}

// Without a producer: consumers only, no barrier, no shared memory.
// CHECK-LABEL: gpu.module @consumers_only
// CHECK-SAME:  threads = 128, shared_bytes = 0
// CHECK-NOT:   simt.barrier_init
tile.kernel @consumers_only() {
  tile.specialize producer {
  } consumers 4 {
  }
  tile.return
}
