// RUN: fovea-opt %s --cpu-entries | FileCheck %s
// RUN: fovea-opt %s --cpu-entries="c-functions target=here" | FileCheck %s --check-prefix=OBJECT
// RUN: fovea-opt %s --cpu-entries="c-functions target=here" > %t.here
// RUN: fovea-opt %s --cpu-entries="c-functions target=there" | not diff %t.here -

// What the module defines gets a prefix; what it only declares does not.
// CHECK:      tile.kernel @fovea.free
// CHECK:      func.func @fovea.allocate({{.*}}tile.entry
// CHECK:        tile.launch @fovea.free
// CHECK:      func.func private @declared()
// CHECK-NOT:  @fovea_cpu

// An object's functions take the header's struct, check it, and call the entry.
// OBJECT:      func.func @fovea_cpu_allocate_[[TAG:[0-9a-f]+]](%[[ARGS:.+]]: !llvm.ptr) -> i32
// OBJECT-SAME:   llvm.linkage = #llvm.linkage<weak_odr>
// OBJECT:        llvm.icmp "eq" %[[ARGS]]
// OBJECT:        %[[MOST:.+]] = arith.constant 1000 : i64
// OBJECT:        arith.cmpi ugt, %{{.+}}, %[[MOST]] : i64
// OBJECT:        builtin.unrealized_conversion_cast {{.*}} to memref<?x4xf32>
// OBJECT:        call @fovea.allocate
// OBJECT:      func.func @fovea_cpu_allocate(%{{.+}}: !llvm.ptr) -> i32
// OBJECT-SAME:   llvm.linkage = #llvm.linkage<weak>
// OBJECT:        call @fovea_cpu_allocate_[[TAG]]
// OBJECT:      func.func @fovea.allocate
// OBJECT-NOT:    tile.entry
// OBJECT-SAME:   llvm.linkage = #llvm.linkage<internal>
tile.kernel @free(%x: memref<?x4xf32>) {
  tile.return
}

func.func @allocate(%x: memref<?x4xf32> {tile.name = "x", tile.rows = "tokens"}) -> i32 attributes {tile.entry, tile.most_tokens = 1000} {
  %n = arith.constant 7 : index
  tile.launch @free grid(%n)(%x) : memref<?x4xf32>
  %zero = arith.constant 0 : i32
  return %zero : i32
}

func.func private @declared()
