// RUN: fovea-opt %s --cpu-floats-as-bits | FileCheck %s
// RUN: fovea-opt %s --cpu-floats-as-bits=f16 | FileCheck %s --check-prefix=F16

// CHECK-LABEL: @widen
// CHECK-SAME:    (%[[BITS:.+]]: vector<4xi16>)
// CHECK:         %[[SAME:.+]] = arith.bitcast %[[BITS]] : vector<4xi16> to vector<4xi16>
// CHECK:         %[[WIDE:.+]] = arith.extui %[[SAME]] : vector<4xi16> to vector<4xi32>
// CHECK:         %[[SIXTEEN:.+]] = arith.constant dense<16> : vector<4xi32>
// CHECK:         %[[SHIFTED:.+]] = arith.shli %[[WIDE]], %[[SIXTEEN]]
// CHECK:         arith.bitcast %[[SHIFTED]] : vector<4xi32> to vector<4xf32>
func.func @widen(%x: vector<4xbf16>) -> vector<4xf32> {
  %y = arith.extf %x : vector<4xbf16> to vector<4xf32>
  return %y : vector<4xf32>
}

// A NaN is chosen among integers of 32 bits.
// CHECK-LABEL: @narrow
// CHECK:         arith.addi
// CHECK:         arith.addi
// CHECK:         %[[ROUNDED:.+]] = arith.shrui
// CHECK:         %[[QUIET:.+]] = arith.constant 32704 : i32
// CHECK:         %[[IS_NAN:.+]] = arith.cmpf uno
// CHECK:         %[[CHOSEN:.+]] = arith.select %[[IS_NAN]], %[[QUIET]], %[[ROUNDED]] : i32
// CHECK:         arith.trunci %[[CHOSEN]] : i32 to i16
func.func @narrow(%x: f32) -> bf16 {
  %y = arith.truncf %x : f32 to bf16
  return %y : bf16
}

// f16 is a float unless asked for.
// CHECK-LABEL: @halves(%{{.+}}: memref<?xf16>
// CHECK:         arith.extf %{{.+}} : vector<2xf16> to vector<2xf32>
// CHECK:         arith.truncf %{{.+}} : vector<2xf32> to vector<2xf16>
// F16-LABEL:   @halves(%{{.+}}: memref<?xi16>
// F16-NOT:       {{extf|truncf}}
// F16:           arith.subf %{{.+}} : vector<2xf32>
// F16:           arith.addf %{{.+}} : vector<2xf32>
// F16:           vector.store %{{.+}} : memref<?xi16>, vector<2xi16>
func.func @halves(%a: memref<?xf16>, %i: index) {
  %x = vector.load %a[%i] : memref<?xf16>, vector<2xf16>
  %y = arith.extf %x : vector<2xf16> to vector<2xf32>
  %z = arith.truncf %y : vector<2xf32> to vector<2xf16>
  vector.store %z, %a[%i] : memref<?xf16>, vector<2xf16>
  return
}

// Constants, and types inside of others.
// CHECK-LABEL: @moved
// CHECK-NOT:     bf16
// CHECK:         arith.constant 16256 : i16
// CHECK:         arith.constant dense<[16256, -16384]> : vector<2xi16>
// CHECK:         scf.if %{{.+}} -> (vector<2xi16>)
// CHECK:         memref.alloca() : memref<3xi16, strided<[2]>>
// CHECK:         arith.select %{{.+}} : vector<2xi16>
func.func @moved(%choose: i1, %x: vector<2xbf16>) -> vector<2xbf16> {
  %one = arith.constant 1.0 : bf16
  %two = arith.constant dense<[1.0, -2.0]> : vector<2xbf16>
  %some = scf.if %choose -> vector<2xbf16> {
    scf.yield %x : vector<2xbf16>
  } else {
    scf.yield %two : vector<2xbf16>
  }
  %room = memref.alloca() : memref<3xbf16, strided<[2]>>
  %c0 = arith.constant 0 : index
  memref.store %one, %room[%c0] : memref<3xbf16, strided<[2]>>
  %other = arith.select %choose, %some, %two : vector<2xbf16>
  return %other : vector<2xbf16>
}
