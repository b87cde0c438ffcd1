// RUN: fovea-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: tile.kernel @zero(%{{.+}}: memref<?x64xf32>, %{{.+}}: index) {
// CHECK: tile.program_id 0
// CHECK: tile.return
tile.kernel @zero(%out: memref<?x64xf32>, %rows: index) {
  %pid = tile.program_id 0
  %z = arith.constant dense<0.0> : tensor<16x64xf32>
  %c16 = arith.constant 16 : index
  %c0 = arith.constant 0 : index
  %first = arith.muli %pid, %c16 : index
  %left = arith.subi %rows, %first : index
  tile.store %z, %out[%first, %c0] sizes [16, 64] count %left
      : tensor<16x64xf32>, memref<?x64xf32>
  tile.return
}

// CHECK-LABEL: func.func @launches
// CHECK: tile.launch @zero grid(%{{.+}}) (%{{.+}}, %{{.+}}) : memref<?x64xf32>, index
// CHECK: tile.launch @nothing grid(%{{.+}}, %{{.+}}) (){{$}}
func.func @launches(%out: memref<?x64xf32>, %rows: index, %n: index) {
  tile.launch @zero grid(%n) (%out, %rows) : memref<?x64xf32>, index
  tile.launch @nothing grid(%n, %n) ()
  return
}

// CHECK-LABEL: tile.kernel private @nothing() attributes {note = "kept"} {
// CHECK: tile.program_id 1
tile.kernel private @nothing() attributes {note = "kept"} {
  %0 = tile.program_id 1
  tile.return
}

// CHECK-LABEL: tile.kernel @scalars(%{{.+}}: i32 {fovea.name = "n"}, %{{.+}}: f32, %{{.+}}: memref<f32>)
tile.kernel @scalars(%n: i32 {fovea.name = "n"}, %scale: f32, %x: memref<f32>) {
  tile.return
}

// CHECK-LABEL: @sequences
// CHECK: %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}} = tile.locate %{{.+}} in %{{.+}} of %{{.+}} step 8 : memref<?xi32>
// CHECK: %{{.+}} = tile.check_sequences %{{.+}}, %{{.+}} : memref<?xi32>
func.func @sequences(%tile: index, %cu: memref<?xi32>, %tokens: index) -> (index, i32) {
  %sequence, %base, %length, %first, %keys = tile.locate %tile in %cu of %tokens step 8 : memref<?xi32>
  %status = tile.check_sequences %cu, %tokens : memref<?xi32>
  return %first, %status : index, i32
}

// Sequences whose queries have rows of their own.
// CHECK-LABEL: @queries_apart
// CHECK: %{{.+}}, %{{.+}} = tile.sequence %{{.+}} in %{{.+}} of %{{.+}} lengths %{{.+}} : memref<?xi32>, memref<?xi32>
// CHECK: %{{.+}}, %{{.+}} = tile.sequence %{{.+}} in %{{.+}} of %{{.+}} : memref<?xi32>
// CHECK: tile.check_sequences %{{.+}}, %{{.+}} : memref<?xi32>
// CHECK: tile.check_sequences %{{.+}}, %{{.+}} queries %{{.+}} lengths %{{.+}} : memref<?xi32>, memref<?xi32>, memref<?xi32>
// CHECK: tile.check_sequences %{{.+}}, %{{.+}} rows of 16 : memref<?xi32>
// CHECK: tile.check_sequences %{{.+}}, %{{.+}} rows of 64 whole : memref<?xi32>
func.func @queries_apart(%s: index, %cu: memref<?xi32>, %tokens: index, %keys: memref<?xi32>, %rows: index,
                         %used: memref<?xi32>, %count: index) -> (index, i32, i32) {
  %base, %length = tile.sequence %s in %cu of %tokens lengths %used
      : memref<?xi32>, memref<?xi32>
  %b, %l = tile.sequence %s in %cu of %tokens : memref<?xi32>
  %status = tile.check_sequences %cu, %tokens : memref<?xi32>
  %behind = tile.check_sequences %keys, %rows queries %cu lengths %used
      : memref<?xi32>, memref<?xi32>, memref<?xi32>
  %windows = tile.check_sequences %keys, %count rows of 16 : memref<?xi32>
  %pages = tile.check_sequences %keys, %count rows of 64 whole : memref<?xi32>
  return %base, %status, %behind : index, i32, i32
}

gpu.module @check attributes {tile.kernel_abi = #tile.kernel_abi<threads = 32, shared_bytes = 0, params = []>} {
}

// CHECK-LABEL: @checked
// CHECK: %{{.+}} = tile.check_sequences %{{.+}}, %{{.+}} by @check : memref<?xi32>
func.func @checked(%cu: memref<?xi32>, %tokens: index) -> i32 {
  %status = tile.check_sequences %cu, %tokens by @check : memref<?xi32>
  return %status : i32
}

// A thread reads what it then writes, or less of it.
// CHECK-LABEL: tile.kernel @in_place(%{{.+}}: memref<?x64xf32> {tile.in_place}, %{{.+}}: index, %{{.+}}: index, %{{.+}}: i1)
tile.kernel @in_place(%sum: memref<?x64xf32> {tile.in_place}, %rows: index, %keys: index, %more: i1) {
  %pid = tile.program_id 0
  %zero = arith.constant 0 : index
  %other_zero = arith.constant 0 : index
  %sixteen = arith.constant 16 : index
  %first = arith.muli %pid, %sixteen : index
  %left = arith.subi %rows, %first : index
  %owned = arith.minsi %left, %keys : index
  %before = tile.load %sum[%first, %other_zero] sizes [16, 64] count %owned : memref<?x64xf32> -> tensor<16x64xf32>
  %new = scf.if %more -> (tensor<16x64xf32>) {
    %again = tile.load %sum[%first, %zero] sizes [16, 64] count %left : memref<?x64xf32> -> tensor<16x64xf32>
    %twice = arith.addf %before, %again : tensor<16x64xf32>
    scf.yield %twice : tensor<16x64xf32>
  } else {
    scf.yield %before : tensor<16x64xf32>
  }
  tile.store %new, %sum[%first, %zero] sizes [16, 64] count %left : tensor<16x64xf32>, memref<?x64xf32>
  tile.return
}
