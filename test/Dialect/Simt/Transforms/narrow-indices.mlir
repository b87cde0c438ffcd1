// RUN: fovea-opt %s --simt-narrow-indices | FileCheck %s

gpu.module @kernels {
  // Numbers in 32 bits; what nothing but an address is made of in 64, from the numbers on.
  // CHECK-LABEL: llvm.func @row
  // CHECK-SAME:    %[[VIEW:.+]]: !llvm.ptr<1>, %[[SIZE:.+]]: i64, %[[LANE:.+]]: i32
  // CHECK:         %[[ROWS:.+]] = arith.trunci %[[SIZE]] : i64 to i32
  // CHECK:         %[[FOUR:.+]] = arith.constant 4 : i32
  // CHECK:         %[[FIRST:.+]] = arith.muli %[[LANE]], %[[FOUR]] : i32
  // CHECK:         %[[ROW:.+]] = arith.addi %[[FIRST]], %[[LANE]] : i32
  // CHECK:         arith.cmpi slt, %[[ROW]], %[[ROWS]] : i32
  // CHECK:         %[[WIDE_ROW:.+]] = arith.extsi %[[ROW]] : i32 to i64
  // CHECK:         %[[WIDE_FOUR:.+]] = arith.extsi %[[FOUR]] : i32 to i64
  // CHECK:         %[[ELEMENT:.+]] = arith.muli %[[WIDE_ROW]], %[[WIDE_FOUR]] : i64
  // CHECK:         %[[BYTE:.+]] = arith.addi %[[ELEMENT]], %{{.+}} : i64
  // CHECK:         llvm.getelementptr %[[VIEW]][%[[BYTE]]]
  llvm.func @row(%view: !llvm.ptr<1>, %size: i64, %thread: i32) {
    %rows = arith.index_cast %size : i64 to index
    %lane = arith.index_cast %thread : i32 to index
    %c4 = arith.constant 4 : index
    %first = arith.muli %lane, %c4 : index
    %row = arith.addi %first, %lane : index
    %isReal = arith.cmpi slt, %row, %rows : index
    scf.if %isReal {
      %element = arith.muli %row, %c4 : index
      %byte = arith.addi %element, %lane : index
      %offset = arith.index_cast %byte : index to i64
      %address = llvm.getelementptr %view[%offset] : (!llvm.ptr<1>, i64) -> !llvm.ptr<1>, i8
      %value = llvm.load %address : !llvm.ptr<1> -> i32
      llvm.store %value, %view : i32, !llvm.ptr<1>
    }
    llvm.return
  }

  // What loops carry, and where they begin and end.
  // CHECK-LABEL: llvm.func @loops
  // CHECK:         scf.for %[[I:.+]] = %{{.+}} to %{{.+}} step %{{.+}} iter_args(%[[SUM:.+]] = %{{.+}}) -> (i32) : i32
  // CHECK:           %[[NEXT:.+]] = arith.addi %[[SUM]], %[[I]] : i32
  // CHECK:           scf.yield %[[NEXT]] : i32
  // CHECK:         scf.while (%{{.+}} = %{{.+}}) : (i32) -> i32
  // CHECK:         %[[CHOSEN:.+]] = arith.select %{{.+}} : i32
  // CHECK-NOT:     index
  // CHECK:         arith.extui %[[CHOSEN]] : i32 to i64
  llvm.func @loops(%count: i32, %out: !llvm.ptr<1>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %end = arith.index_cast %count : i32 to index
    %sum = scf.for %i = %c0 to %end step %c1 iter_args(%so_far = %c0) -> (index) {
      %next = arith.addi %so_far, %i : index
      scf.yield %next : index
    }
    %last = scf.while (%at = %sum) : (index) -> index {
      %more = arith.cmpi slt, %at, %end : index
      scf.condition(%more) %at : index
    } do {
    ^bb0(%at: index):
      %next = arith.addi %at, %c1 : index
      scf.yield %next : index
    }
    %isLess = arith.cmpi slt, %last, %sum : index
    %chosen = arith.select %isLess, %last, %sum : index
    %wide = arith.index_castui %chosen : index to i64
    llvm.store %wide, %out : i64, !llvm.ptr<1>
    llvm.return
  }
}
