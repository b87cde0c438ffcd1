// RUN: fovea-opt %s --tile-place | FileCheck %s

// What a product computes is a fragment, and so is everything elementwise that meets it.
// CHECK-LABEL: tile.kernel @attend
// CHECK:   %[[Q:.+]] = tile.load {{.*}} -> tensor<64x128xbf16, #tile.shared<swizzle = 128>>
// CHECK:   %[[K:.+]] = tile.load {{.*}} -> tensor<64x128xbf16, #tile.shared<swizzle = 128>>
// CHECK:   %[[S:.+]] = tile.dot %[[Q]], %[[K]], {{.*}} -> tensor<64x64xf32, #tile.fragment<warps = 4>>
// CHECK:   %[[MAX:.+]] = tile.reduce max %[[S]] axis 1 {{.*}} -> tensor<64xf32, #tile.fragment_rows<warps = 4>>
// CHECK:   tile.broadcast %[[MAX]] axis 1 {{.*}} -> tensor<64x64xf32, #tile.fragment<warps = 4>>
// CHECK:   %[[P:.+]] = math.exp2 %{{.+}} : tensor<64x64xf32, #tile.fragment<warps = 4>>
// CHECK:   %[[ROUNDED:.+]] = arith.truncf %[[P]] {{.*}} to tensor<64x64xbf16, #tile.fragment<warps = 4>>
// CHECK:   tile.dot %[[ROUNDED]], %[[K]],
tile.kernel @attend(%q: memref<?x128xbf16>, %k: memref<?x128xbf16>, %o: memref<?x128xbf16>) {
  %c0 = arith.constant 0 : index
  %z = arith.constant dense<0.0> : tensor<64x64xf32>
  %zero = arith.constant dense<0.0> : tensor<64x128xf32>
  %a = tile.load %q[%c0, %c0] sizes [64, 128] : memref<?x128xbf16> -> tensor<64x128xbf16>
  %b = tile.load %k[%c0, %c0] sizes [64, 128] : memref<?x128xbf16> -> tensor<64x128xbf16>
  %s = tile.dot %a, %b, %z transpose_rhs : tensor<64x128xbf16>, tensor<64x128xbf16> -> tensor<64x64xf32>
  %max = tile.reduce max %s axis 1 : tensor<64x64xf32> -> tensor<64xf32>
  %m = tile.broadcast %max axis 1 : tensor<64xf32> -> tensor<64x64xf32>
  %d = arith.subf %s, %m : tensor<64x64xf32>
  %p = math.exp2 %d : tensor<64x64xf32>
  %r = tile.dot %p, %b, %zero : tensor<64x64xf32>, tensor<64x128xbf16> -> tensor<64x128xf32>
  %out = arith.truncf %r : tensor<64x128xf32> to tensor<64x128xbf16>
  tile.store %out, %o[%c0, %c0] sizes [64, 128] : tensor<64x128xbf16>, memref<?x128xbf16>
  tile.return
}

// What a product takes is rounded once, and is what others read of it.
// CHECK-LABEL: tile.kernel @summed
// CHECK:   %[[P:.+]] = math.exp2
// CHECK:   %[[ROUNDED:.+]] = arith.truncf %[[P]] {{.*}} to tensor<64x64xbf16, #tile.fragment<warps = 4>>
// CHECK:   %[[READ:.+]] = arith.extf %[[ROUNDED]]
// CHECK:   tile.reduce add %[[READ]] axis 1
// CHECK-NOT: arith.truncf
// CHECK:   tile.dot %[[ROUNDED]],
tile.kernel @summed(%q: memref<?x64xbf16>, %o: memref<?x64xf32>, %l: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %z = arith.constant dense<0.0> : tensor<64x64xf32>
  %a = tile.load %q[%c0, %c0] sizes [64, 64] : memref<?x64xbf16> -> tensor<64x64xbf16>
  %b = tile.load %q[%c0, %c0] sizes [64, 64] : memref<?x64xbf16> -> tensor<64x64xbf16>
  %s = tile.dot %a, %b, %z transpose_rhs : tensor<64x64xbf16>, tensor<64x64xbf16> -> tensor<64x64xf32>
  %p = math.exp2 %s : tensor<64x64xf32>
  %w = tile.as_operand %p beside bf16 : tensor<64x64xf32>
  %sum = tile.reduce add %w axis 1 : tensor<64x64xf32> -> tensor<64xf32>
  %r = tile.dot %w, %b, %z : tensor<64x64xf32>, tensor<64x64xbf16> -> tensor<64x64xf32>
  tile.store %r, %o[%c0, %c0] sizes [64, 64] : tensor<64x64xf32>, memref<?x64xf32>
  tile.store %sum, %l[%c0] sizes [64] : tensor<64xf32>, memref<?xf32>
  tile.return
}

// Nobody multiplies what is loaded here: registers.
// CHECK-LABEL: tile.kernel @elementwise
// CHECK:   tile.load {{.*}} -> tensor<64x128xbf16, #tile.fragment<warps = 4>>
// CHECK:   tile.load {{.*}} -> tensor<64xf32, #tile.fragment_rows<warps = 4>>
// CHECK-NOT: tile.shared
tile.kernel @elementwise(%x: memref<?x128xbf16> {tile.in_place}, %g: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%c0, %c0] sizes [64, 128] : memref<?x128xbf16> -> tensor<64x128xbf16>
  %w = tile.load %g[%c0] sizes [64] : memref<?xf32> -> tensor<64xf32>
  %b = arith.extf %a : tensor<64x128xbf16> to tensor<64x128xf32>
  %r = tile.broadcast %w axis 1 : tensor<64xf32> -> tensor<64x128xf32>
  %c = arith.mulf %b, %r : tensor<64x128xf32>
  %d = arith.truncf %c : tensor<64x128xf32> to tensor<64x128xbf16>
  tile.store %d, %x[%c0, %c0] sizes [64, 128] : tensor<64x128xbf16>, memref<?x128xbf16>
  tile.return
}

// A left-hand side that was only widened is not rounded back.
// CHECK-LABEL: tile.kernel @widened
// CHECK:   %[[Q:.+]] = tile.load {{.*}} -> tensor<64x64xf16, #tile.shared<swizzle = 128>>
// CHECK-NOT: arith.
// CHECK:   tile.dot %[[Q]],
tile.kernel @widened(%q: memref<?x64xf16>, %o: memref<?x64xf32>) {
  %c0 = arith.constant 0 : index
  %z = arith.constant dense<0.0> : tensor<64x64xf32>
  %a = tile.load %q[%c0, %c0] sizes [64, 64] : memref<?x64xf16> -> tensor<64x64xf16>
  %w = arith.extf %a : tensor<64x64xf16> to tensor<64x64xf32>
  %b = tile.load %q[%c0, %c0] sizes [64, 64] : memref<?x64xf16> -> tensor<64x64xf16>
  %s = tile.dot %w, %b, %z : tensor<64x64xf32>, tensor<64x64xf16> -> tensor<64x64xf32>
  tile.store %s, %o[%c0, %c0] sizes [64, 64] : tensor<64x64xf32>, memref<?x64xf32>
  tile.return
}

// Positions of rows and of columns lie differently: each reader has its own.
// CHECK-LABEL: tile.kernel @causal
// CHECK-DAG: %[[ROWS:.+]] = tile.positions %{{.+}} : tensor<64xi32, #tile.fragment_rows<warps = 4>>
// CHECK-DAG: %[[COLUMNS:.+]] = tile.positions %{{.+}} : tensor<64xi32, #tile.fragment_columns<warps = 4>>
// CHECK-DAG: tile.broadcast %[[ROWS]] axis 1
// CHECK-DAG: tile.broadcast %[[COLUMNS]] axis 0
tile.kernel @causal(%x: memref<?x64xf32> {tile.in_place}, %first: index) {
  %c0 = arith.constant 0 : index
  %none = arith.constant dense<0xFF800000> : tensor<64x64xf32>
  %i = tile.positions %first : tensor<64xi32>
  %row = tile.broadcast %i axis 1 : tensor<64xi32> -> tensor<64x64xi32>
  %column = tile.broadcast %i axis 0 : tensor<64xi32> -> tensor<64x64xi32>
  %sees = arith.cmpi sle, %column, %row : tensor<64x64xi32>
  %s = tile.load %x[%c0, %c0] sizes [64, 64] : memref<?x64xf32> -> tensor<64x64xf32>
  %masked = arith.select %sees, %s, %none : tensor<64x64xi1>, tensor<64x64xf32>
  tile.store %masked, %x[%c0, %c0] sizes [64, 64] : tensor<64x64xf32>, memref<?x64xf32>
  tile.return
}

// Sums per token go through scratch to lanes.
// CHECK-LABEL: tile.kernel @select
// CHECK:   tile.load {{.*}} -> tensor<64x64xf32, #tile.fragment<warps = 4>>
// CHECK:   %[[SUM:.+]] = tile.reduce add {{.*}} -> tensor<4x64xf32, #tile.scratch<warps = 4>>
// CHECK:   tile.band_sum %[[SUM]] {{.*}} -> tensor<4x16xf32, #tile.lanes<warps = 4>>
// CHECK:   tile.topk_update {{.*}} : tensor<4x16xf32, #tile.queued<warps = 4, queue = 0>>, tensor<4x16xi32, #tile.queued<warps = 4, queue = 0>>, tensor<4x16xf32, #tile.lanes<warps = 4>>
// CHECK:   tile.topk_indices {{.*}} -> tensor<4x16xi32, #tile.lanes<warps = 4>>
tile.kernel @select(%x: memref<?x64xf32>, %y: memref<?x16xi32>, %base: index) {
  %c0 = arith.constant 0 : index
  %carry = arith.constant dense<0.0> : tensor<4x1xf32>
  %v = arith.constant dense<0xFF800000> : tensor<4x16xf32>
  %i = arith.constant dense<-1> : tensor<4x16xi32>
  %p = tile.load %x[%c0, %c0] sizes [64, 64] : memref<?x64xf32> -> tensor<64x64xf32>
  %sum = tile.reduce add %p axis 0 by 16 : tensor<64x64xf32> -> tensor<4x64xf32>
  %b, %next = tile.band_sum %sum carry %carry block 32 stride 16 into 64 : tensor<4x64xf32>, tensor<4x1xf32> -> tensor<4x16xf32>
  %v1, %i1 = tile.topk_update %v, %i with %b at %base : tensor<4x16xf32>, tensor<4x16xi32>, tensor<4x16xf32>
  %sorted = tile.topk_indices %v1, %i1 : tensor<4x16xf32>, tensor<4x16xi32> -> tensor<4x16xi32>
  tile.store %sorted, %y[%c0, %c0] sizes [4, 16] : tensor<4x16xi32>, memref<?x16xi32>
  tile.return
}

// Index lists lie in one warp, the tokens of a visit in bits. What a loop carries lies
// the same before, in and after it.
// CHECK-LABEL: tile.kernel @listed
// CHECK:   %[[LISTS:.+]] = tile.load {{.*}} -> tensor<4x16xi32, #tile.flat>
// CHECK:   tile.visit_lists %[[LISTS]]
// CHECK:   %[[SUM:.+]] = tile.for_visits {{.*}} %[[TOKENS:.+]]: tensor<4xi1, #tile.bits>, {{.*}} : tensor<64x64xf32, #tile.fragment<warps = 4>>)
// CHECK:     tile.repeat %[[TOKENS]] by 16 {{.*}} -> tensor<64xi1, #tile.fragment_rows<warps = 4>>
// CHECK:     tile.yield {{.*}} : tensor<64x64xf32, #tile.fragment<warps = 4>>
// CHECK:   tile.store %[[SUM]], {{.*}} : tensor<64x64xf32, #tile.fragment<warps = 4>>
tile.kernel @listed(%lists: memref<?x16xi32>, %k: memref<?x64xbf16>, %o: memref<?x64xf32>, %end: index) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  %l = tile.load %lists[%c0, %c0] sizes [4, 16] : memref<?x16xi32> -> tensor<4x16xi32>
  %visits = tile.visit_lists %l from %c0 to %end full %c0 to %c0 split 1 : tensor<4x16xi32>
  %sum = tile.for_visits %visits heads 16 : (%block: index, %tokens: tensor<4xi1>, %masked: i1)
      carry(%acc = %zero : tensor<64x64xf32>) {
    %key = tile.load %k[%block, %c0] sizes [64, 64] : memref<?x64xbf16> -> tensor<64x64xbf16>
    %s = tile.dot %key, %key, %acc : tensor<64x64xbf16>, tensor<64x64xbf16> -> tensor<64x64xf32>
    %rows = tile.repeat %tokens by 16 : tensor<4xi1> -> tensor<64xi1>
    %all = tile.broadcast %rows axis 1 : tensor<64xi1> -> tensor<64x64xi1>
    %kept = arith.select %all, %s, %acc : tensor<64x64xi1>, tensor<64x64xf32>
    tile.yield %kept : tensor<64x64xf32>
  }
  tile.store %sum, %o[%c0, %c0] sizes [64, 64] : tensor<64x64xf32>, memref<?x64xf32>
  tile.return
}

// The tokens of a range, which nobody reads, need no word of 64 bits.
// CHECK-LABEL: tile.kernel @range
// CHECK:   tile.for_visits {{.*}}: tensor<1xi1, #tile.bits>
tile.kernel @range(%x: memref<?x64xf32>, %end: index) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : tensor<96x64xf32>
  %visits = tile.visit_range %c0 to %end full %c0 to %c0
  %sum = tile.for_visits %visits : (%block: index, %tokens: tensor<96xi1>, %masked: i1)
      carry(%acc = %zero : tensor<96x64xf32>) {
    tile.yield %acc : tensor<96x64xf32>
  }
  tile.store %sum, %x[%c0, %c0] sizes [96, 64] : tensor<96x64xf32>, memref<?x64xf32>
  tile.return
}

// Rows in lanes alone: a warp each. A top-k has one queue, round a loop too, and another
// one another queue.
// CHECK-LABEL: tile.kernel @topk
// CHECK-DAG: arith.constant dense<{{.+}}> : tensor<4x16xf32, #tile.queued<warps = 4, queue = 0>>
// CHECK-DAG: arith.constant dense<{{.+}}> : tensor<4x16xf32, #tile.queued<warps = 4, queue = 1>>
// CHECK:   tile.load {{.*}} -> tensor<4x16xf32, #tile.lanes<warps = 4>>
// CHECK:   scf.for {{.*}} -> (tensor<4x16xf32, #tile.queued<warps = 4, queue = 0>>, tensor<4x16xi32, #tile.queued<warps = 4, queue = 0>>)
// CHECK:   tile.topk_indices {{.*}} : tensor<4x16xf32, #tile.queued<warps = 4, queue = 0>>
// CHECK:   tile.topk_indices {{.*}} : tensor<4x16xf32, #tile.queued<warps = 4, queue = 1>>
tile.kernel @topk(%x: memref<?x16xf32>, %y: memref<?x16xi32>, %base: index) {
  %c0 = arith.constant 0 : index
  %v = arith.constant dense<0xFF800000> : tensor<4x16xf32>
  %i = arith.constant dense<-1> : tensor<4x16xi32>
  %s = tile.load %x[%c0, %c0] sizes [4, 16] : memref<?x16xf32> -> tensor<4x16xf32>
  %v1:2 = scf.for %step = %c0 to %base step %base iter_args(%v0 = %v, %i0 = %i) -> (tensor<4x16xf32>, tensor<4x16xi32>) {
    %vn, %in = tile.topk_update %v0, %i0 with %s at %step : tensor<4x16xf32>, tensor<4x16xi32>, tensor<4x16xf32>
    scf.yield %vn, %in : tensor<4x16xf32>, tensor<4x16xi32>
  }
  %v2, %i2 = tile.topk_update %v, %i with %s at %base : tensor<4x16xf32>, tensor<4x16xi32>, tensor<4x16xf32>
  %first = tile.topk_indices %v1#0, %v1#1 : tensor<4x16xf32>, tensor<4x16xi32> -> tensor<4x16xi32>
  %second = tile.topk_indices %v2, %i2 : tensor<4x16xf32>, tensor<4x16xi32> -> tensor<4x16xi32>
  tile.store %first, %y[%c0, %c0] sizes [4, 16] : tensor<4x16xi32>, memref<?x16xi32>
  tile.store %second, %y[%base, %c0] sizes [4, 16] : tensor<4x16xi32>, memref<?x16xi32>
  tile.return
}

// Few scores need no queue, nor does who offers none.
// CHECK-LABEL: tile.kernel @few
// CHECK:   tile.topk_update {{.*}} : tensor<16x4xf32, #tile.lanes<warps = 16>>, tensor<16x4xi32, #tile.lanes<warps = 16>>, tensor<16x7xf32, #tile.lanes<warps = 16>>
// CHECK:   tile.topk_indices {{.*}} : tensor<16x4xf32, #tile.lanes<warps = 16>>, tensor<16x4xi32, #tile.lanes<warps = 16>>
tile.kernel @few(%x: memref<?x7xf32>, %y: memref<?x4xi32>, %base: index) {
  %c0 = arith.constant 0 : index
  %v = arith.constant dense<0xFF800000> : tensor<16x4xf32>
  %i = arith.constant dense<-1> : tensor<16x4xi32>
  %s = tile.load %x[%c0, %c0] sizes [16, 7] : memref<?x7xf32> -> tensor<16x7xf32>
  %v1, %i1 = tile.topk_update %v, %i with %s at %base : tensor<16x4xf32>, tensor<16x4xi32>, tensor<16x7xf32>
  %sorted = tile.topk_indices %v1, %i1 : tensor<16x4xf32>, tensor<16x4xi32> -> tensor<16x4xi32>
  %none = tile.topk_indices %v, %i : tensor<16x4xf32>, tensor<16x4xi32> -> tensor<16x4xi32>
  tile.store %sorted, %y[%c0, %c0] sizes [16, 4] : tensor<16x4xi32>, memref<?x4xi32>
  tile.store %none, %y[%base, %c0] sizes [16, 4] : tensor<16x4xi32>, memref<?x4xi32>
  tile.return
}

// A token that is one row: its bits are read off per row.
// CHECK-LABEL: tile.kernel @token_is_a_row
// CHECK:   tile.for_visits {{.*}} %[[TOKENS:.+]]: tensor<64xi1, #tile.bits>
// CHECK:     %[[ROWS:.+]] = tile.repeat %[[TOKENS]] by 1 {{.*}} -> tensor<64xi1, #tile.fragment_rows<warps = 4>>
// CHECK:     tile.broadcast %[[ROWS]] axis 1
tile.kernel @token_is_a_row(%lists: memref<?x16xi32>, %o: memref<?x64xf32>, %end: index) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  %one = arith.constant dense<1.0> : tensor<64x64xf32>
  %l = tile.load %lists[%c0, %c0] sizes [64, 16] : memref<?x16xi32> -> tensor<64x16xi32>
  %visits = tile.visit_lists %l from %c0 to %end full %c0 to %c0 split 1 : tensor<64x16xi32>
  %sum = tile.for_visits %visits : (%block: index, %tokens: tensor<64xi1>, %masked: i1)
      carry(%acc = %zero : tensor<64x64xf32>) {
    %all = tile.broadcast %tokens axis 1 : tensor<64xi1> -> tensor<64x64xi1>
    %next = arith.select %all, %one, %acc : tensor<64x64xi1>, tensor<64x64xf32>
    tile.yield %next : tensor<64x64xf32>
  }
  tile.store %sum, %o[%c0, %c0] sizes [64, 64] : tensor<64x64xf32>, memref<?x64xf32>
  tile.return
}

// Rows that make no fragment, and of which nothing is asked, are in lanes.
// CHECK-LABEL: tile.kernel @rows_of_windows
// CHECK:   tile.load {{.*}} -> tensor<4x128xf32, #tile.lanes<warps = 4>>
// CHECK:   tile.reduce add {{.*}} -> tensor<4xf32, #tile.lane_rows<warps = 4>>
tile.kernel @rows_of_windows(%x: memref<?x128xf32>, %y: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%c0, %c0] sizes [4, 128] : memref<?x128xf32> -> tensor<4x128xf32>
  %sum = tile.reduce add %a axis 1 : tensor<4x128xf32> -> tensor<4xf32>
  tile.store %sum, %y[%c0] sizes [4] : tensor<4xf32>, memref<?xf32>
  tile.return
}

// Only kernels are placed.
// CHECK-LABEL: func.func @host
// CHECK:   memref.load %{{.+}} : memref<?xf32>
func.func @host(%x: memref<?xf32>) -> f32 {
  %c0 = arith.constant 0 : index
  %0 = memref.load %x[%c0] : memref<?xf32>
  return %0 : f32
}

// What a product alone takes from a branch is rounded in both: nothing is rounded where there is no weight.
// CHECK-LABEL: tile.kernel @rounded_in_branches
// CHECK:       %[[SOME:.+]] = tile.any_token %{{.+}} heads 16 by warp : tensor<4xi1, #tile.bits>
// CHECK:       %[[P:.+]] = scf.if %[[SOME]] -> (tensor<64x64xbf16, #tile.fragment<warps = 4>>) {
// CHECK:         %[[ROUNDED:.+]] = arith.truncf
// CHECK-NEXT:    scf.yield %[[ROUNDED]]
// CHECK:       } else {
// CHECK-NEXT:    %[[NONE:.+]] = arith.constant dense<0.000000e+00> : tensor<64x64xbf16, #tile.fragment<warps = 4>>
// CHECK-NEXT:    scf.yield %[[NONE]]
// CHECK:       tile.dot %[[P]]
tile.kernel @rounded_in_branches(%k: memref<?x64xbf16>, %begin: index, %end: index, %o: memref<?x64xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  %v = tile.visit_range %begin to %end full %begin to %end
  %r = tile.for_visits %v heads 16 : (%block: index, %tokens: tensor<4xi1>, %masked: i1) carry(%acc = %zero : tensor<64x64xf32>) {
    %key = tile.load %k[%block, %c0] sizes [64, 64] : memref<?x64xbf16> -> tensor<64x64xbf16>
    %some = tile.any_token %tokens heads 16 by warp : tensor<4xi1>
    %p = scf.if %some -> tensor<64x64xf32> {
      %exp = math.exp2 %acc : tensor<64x64xf32>
      scf.yield %exp : tensor<64x64xf32>
    } else {
      scf.yield %zero : tensor<64x64xf32>
    }
    %sum = tile.dot %p, %key, %acc : tensor<64x64xf32>, tensor<64x64xbf16> -> tensor<64x64xf32>
    tile.yield %sum : tensor<64x64xf32>
  }
  tile.store %r, %o[%c0, %c0] sizes [64, 64] : tensor<64x64xf32>, memref<?x64xf32>
  tile.return
}

// What each visit reads anew for its columns comes through shared memory, and is read where it is first needed: behind the
// product. So do rows of which some are padding. Columns of all visits, values of which a row reads too, and others than
// f32 stay in lanes.
// CHECK-LABEL: tile.kernel @columns_of_visits
// CHECK:   %[[ONCE:.+]] = tile.load {{.*}} -> tensor<64xf32, #tile.lane_columns<warps = 4>>
// CHECK:   tile.for_visits
// CHECK:     %[[LSE:.+]] = tile.load {{.*}} sizes [4, 16] within 12 count %{{.+}} : memref<?x64xf32> -> tensor<64xf32, #tile.shared_values>
// CHECK:     %[[NUMBERS:.+]] = tile.load {{.*}} -> tensor<64xi32, #tile.lane_columns<warps = 4>>
// CHECK:     %[[SCORES:.+]] = tile.dot
// CHECK:     %[[READ:.+]] = tile.read %[[LSE]] : tensor<64xf32, #tile.shared_values> -> tensor<64xf32, #tile.fragment_columns<warps = 4>>
// CHECK:     %[[TWICE:.+]] = arith.addf %[[READ]], %[[READ]]
// CHECK:     tile.broadcast %[[TWICE]] axis 0
// CHECK:     tile.broadcast %[[ONCE]] axis 0
// CHECK:     tile.broadcast %[[NUMBERS]] axis 0
tile.kernel @columns_of_visits(%k: memref<?x64xbf16>, %lse: memref<?x64xf32>, %i: memref<?x64xi32>, %o: memref<?x64xf32>, %end: index, %count: index) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  %once = tile.load %lse[%c0, %c0] sizes [4, 16] : memref<?x64xf32> -> tensor<64xf32>
  %key = tile.load %k[%c0, %c0] sizes [64, 64] : memref<?x64xbf16> -> tensor<64x64xbf16>
  %visits = tile.visit_range %c0 to %end full %c0 to %c0
  %sum = tile.for_visits %visits heads 16 : (%block: index, %tokens: tensor<4xi1>, %masked: i1)
      carry(%acc = %zero : tensor<64x64xf32>) {
    %row = tile.load %lse[%block, %c0] sizes [4, 16] within 12 count %count : memref<?x64xf32> -> tensor<64xf32>
    %number = tile.load %i[%block, %c0] sizes [4, 16] : memref<?x64xi32> -> tensor<64xi32>
    %q = tile.load %k[%block, %c0] sizes [64, 64] : memref<?x64xbf16> -> tensor<64x64xbf16>
    %s = tile.dot %key, %q, %zero transpose_rhs : tensor<64x64xbf16>, tensor<64x64xbf16> -> tensor<64x64xf32>
    %twice = arith.addf %row, %row : tensor<64xf32>
    %spread = tile.broadcast %twice axis 0 : tensor<64xf32> -> tensor<64x64xf32>
    %all = tile.broadcast %once axis 0 : tensor<64xf32> -> tensor<64x64xf32>
    %numbers = tile.broadcast %number axis 0 : tensor<64xi32> -> tensor<64x64xi32>
    %floats = arith.sitofp %numbers : tensor<64x64xi32> to tensor<64x64xf32>
    %a = arith.addf %s, %spread : tensor<64x64xf32>
    %b = arith.addf %a, %all : tensor<64x64xf32>
    %c = arith.addf %b, %floats : tensor<64x64xf32>
    %next = arith.addf %acc, %c : tensor<64x64xf32>
    tile.yield %next : tensor<64x64xf32>
  }
  tile.store %sum, %o[%c0, %c0] sizes [64, 64] : tensor<64x64xf32>, memref<?x64xf32>
  tile.return
}

// Columns of a visit that are computed with columns in lanes stay there too.
// CHECK-LABEL: tile.kernel @columns_with_others
// CHECK:   tile.for_visits
// CHECK:     tile.load {{.*}} -> tensor<64xf32, #tile.lane_columns<warps = 4>>
// CHECK-NOT: tile.read
// CHECK:     arith.mulf {{.*}} : tensor<64xf32, #tile.lane_columns<warps = 4>>
tile.kernel @columns_with_others(%lse: memref<?x64xf32>, %o: memref<?x64xf32>, %end: index) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  %once = tile.load %lse[%c0, %c0] sizes [4, 16] : memref<?x64xf32> -> tensor<64xf32>
  %visits = tile.visit_range %c0 to %end full %c0 to %c0
  %sum = tile.for_visits %visits heads 16 : (%block: index, %tokens: tensor<4xi1>, %masked: i1)
      carry(%acc = %zero : tensor<64x64xf32>) {
    %row = tile.load %lse[%block, %c0] sizes [4, 16] : memref<?x64xf32> -> tensor<64xf32>
    %both = arith.mulf %row, %once : tensor<64xf32>
    %spread = tile.broadcast %both axis 0 : tensor<64xf32> -> tensor<64x64xf32>
    %next = arith.addf %acc, %spread : tensor<64x64xf32>
    tile.yield %next : tensor<64x64xf32>
  }
  tile.store %sum, %o[%c0, %c0] sizes [64, 64] : tensor<64x64xf32>, memref<?x64xf32>
  tile.return
}
