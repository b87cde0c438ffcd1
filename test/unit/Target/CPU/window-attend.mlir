tile.kernel @window(%q: memref<?x16x128xf32>, %k: memref<?x1x128xf32>, %v: memref<?x1x128xf32>, %cu: memref<?xi32>, %o: memref<?x16x128xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  %tile = tile.program_id 0
  %g = tile.program_id 1
  %rows = memref.dim %q, %c0 : memref<?x16x128xf32>
  %seq, %base, %length, %first, %keys = tile.locate %tile in %cu of %rows step 4 : memref<?xi32>
  %left = arith.subi %length, %first : index
  %some = arith.cmpi sgt, %left, %c0 : index
  scf.if %some {
    %n = arith.minsi %left, %c4 : index
    %row = arith.addi %base, %first : index
    %h = arith.muli %g, %c16 : index
    %n1 = arith.subi %n, %c1 : index
    %last = arith.addi %first, %n1 : index
    %qt = tile.load %q[%row, %h, %c0] sizes [4, 16, 128] count %n : memref<?x16x128xf32> -> tensor<64x128xf32>
    // keys [max(0, t-511), t]
    %lo0 = arith.subi %first, %c512 : index
    %lo1 = arith.addi %lo0, %c1 : index
    %lo = arith.maxsi %lo1, %c0 : index
    %b0 = arith.divui %lo, %c64 : index
    %bl = arith.divui %last, %c64 : index
    %b1 = arith.addi %bl, %c1 : index
    // full: keys >= last-511 and <= first
    %fl0 = arith.subi %last, %c512 : index
    %fl1 = arith.addi %fl0, %c1 : index
    %fl = arith.maxsi %fl1, %c0 : index
    %f0 = arith.ceildivsi %fl, %c64 : index
    %fe = arith.addi %first, %c1 : index
    %f1 = arith.divui %fe, %c64 : index
    %vis = tile.visit_range %b0 to %b1 full %f0 to %f1
    %zero = arith.constant dense<0.0> : tensor<64x64xf32>
    %zero2 = arith.constant dense<0.0> : tensor<64x128xf32>
    %zero1 = arith.constant dense<0.0> : tensor<64xf32>
    %minit = arith.constant dense<-1.0e30> : tensor<64xf32>
    %scale = arith.constant dense<0.127517432> : tensor<64x64xf32>
    %ninf = arith.constant dense<0xFF800000> : tensor<64x64xf32>
    %w = arith.constant dense<512> : tensor<64x64xi32>
    %r:3 = tile.for_visits %vis : (%block: index, %tokens: tensor<4xi1>, %masked: i1) carry(%acc = %zero2 : tensor<64x128xf32>, %m = %minit : tensor<64xf32>, %l = %zero1 : tensor<64xf32>) {
      %u0 = arith.muli %block, %c64 : index
      %krow = arith.addi %base, %u0 : index
      %kn = arith.subi %length, %u0 : index
      %kt = tile.load %k[%krow, %g, %c0] sizes [64, 1, 128] count %kn : memref<?x1x128xf32> -> tensor<64x128xf32>
      %s = tile.dot %qt, %kt, %zero transpose_rhs : tensor<64x128xf32>, tensor<64x128xf32> -> tensor<64x64xf32>
      %s1 = arith.mulf %s, %scale : tensor<64x64xf32>
      %s2 = scf.if %masked -> (tensor<64x64xf32>) {
        %tp = tile.positions %first repeat 16 : tensor<64xi32>
        %up = tile.positions %u0 : tensor<64xi32>
        %tb = tile.broadcast %tp axis 1 : tensor<64xi32> -> tensor<64x64xi32>
        %ub = tile.broadcast %up axis 0 : tensor<64xi32> -> tensor<64x64xi32>
        %a1 = arith.cmpi sle, %ub, %tb : tensor<64x64xi32>
        %uw = arith.addi %ub, %w : tensor<64x64xi32>
        %a2 = arith.cmpi sgt, %uw, %tb : tensor<64x64xi32>
        %a = arith.andi %a1, %a2 : tensor<64x64xi1>
        %x = arith.select %a, %s1, %ninf : tensor<64x64xi1>, tensor<64x64xf32>
        scf.yield %x : tensor<64x64xf32>
      } else {
        scf.yield %s1 : tensor<64x64xf32>
      }
      %bm = tile.reduce max %s2 axis 1 : tensor<64x64xf32> -> tensor<64xf32>
      %m1 = arith.maxnumf %m, %bm : tensor<64xf32>
      %mb = tile.broadcast %m1 axis 1 : tensor<64xf32> -> tensor<64x64xf32>
      %d = arith.subf %s2, %mb : tensor<64x64xf32>
      %p = math.exp2 %d : tensor<64x64xf32>
      %dm = arith.subf %m, %m1 : tensor<64xf32>
      %alpha = math.exp2 %dm : tensor<64xf32>
      %ps = tile.reduce add %p axis 1 : tensor<64x64xf32> -> tensor<64xf32>
      %la = arith.mulf %l, %alpha : tensor<64xf32>
      %l1 = arith.addf %la, %ps : tensor<64xf32>
      %ab = tile.broadcast %alpha axis 1 : tensor<64xf32> -> tensor<64x128xf32>
      %acc1 = arith.mulf %acc, %ab : tensor<64x128xf32>
      %vt = tile.load %v[%krow, %g, %c0] sizes [64, 1, 128] count %kn : memref<?x1x128xf32> -> tensor<64x128xf32>
      %acc2 = tile.dot %p, %vt, %acc1 : tensor<64x64xf32>, tensor<64x128xf32> -> tensor<64x128xf32>
      tile.yield %acc2, %m1, %l1 : tensor<64x128xf32>, tensor<64xf32>, tensor<64xf32>
    }
    %one = arith.constant dense<1.0> : tensor<64xf32>
    %inv = arith.divf %one, %r#2 : tensor<64xf32>
    %pos = arith.cmpf ogt, %r#2, %zero1 : tensor<64xf32>
    %is = arith.select %pos, %inv, %zero1 : tensor<64xi1>, tensor<64xf32>
    %ib = tile.broadcast %is axis 1 : tensor<64xf32> -> tensor<64x128xf32>
    %res = arith.mulf %r#0, %ib : tensor<64x128xf32>
    tile.store %res, %o[%row, %h, %c0] sizes [4, 16, 128] count %n : tensor<64x128xf32>, memref<?x16x128xf32>
  }
  tile.return
}
func.func @attend(%q: memref<?x16x128xf32> {tile.name = "q"}, %k: memref<?x1x128xf32>, %v: memref<?x1x128xf32>, %cu: memref<?xi32>, %o: memref<?x16x128xf32> {tile.name = "o", tile.output}) -> i32 attributes {tile.entry} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %t = memref.dim %q, %c0 : memref<?x16x128xf32>
  %status = tile.check_sequences %cu, %t : memref<?xi32>
  %z = arith.constant 0 : i32
  %ok = arith.cmpi eq, %status, %z : i32
  scf.if %ok {
    %b1 = memref.dim %cu, %c0 : memref<?xi32>
    %b = arith.addi %b1, %c1 : index
    %t4 = arith.divui %t, %c4 : index
    %tiles = arith.addi %t4, %b : index
    tile.launch @window grid(%tiles, %c1)(%q, %k, %v, %cu, %o) : memref<?x16x128xf32>, memref<?x1x128xf32>, memref<?x1x128xf32>, memref<?xi32>, memref<?x16x128xf32>
  }
  return %status : i32
}
