// RUN: fovea-opt %s -split-input-file -verify-diagnostics

// expected-error @+1 {{'tile.kernel' op expected arguments to be memrefs, indices, integers or floats, got 'tensor<4xf32>'}}
tile.kernel @kernel_c1(%x: tensor<4xf32>) {
  tile.return
}

// -----

tile.kernel @kernel_c5(%n: i32) {
  %visits = tile.make_ring : !tile.visit_ring<4 x 12>
  // expected-error @+1 {{'tile.post' op expected rings to be used in one tile.specialize only}}
  tile.post %visits at %n : !tile.visit_ring<4 x 12>
  tile.return
}

// -----

// expected-error @+1 {{'tile.kernel' op expected no results, got 'f32'}}
tile.kernel @kernel_c2() -> f32 {
  tile.return
}

// -----

// expected-error @+1 {{'tile.kernel' op expected a body of one block, got 0 blocks}}
tile.kernel private @kernel_c3(memref<4xf32>)

// -----

// expected-error @+1 {{'tile.kernel' op expected a body of one block, got 2 blocks}}
tile.kernel @kernel_c3_branch() {
  cf.br ^next
^next:
  tile.return
}

// -----

// expected-error @+1 {{'tile.kernel' op expected tile.return at the end, got ub.unreachable}}
tile.kernel @kernel_c4() {
  ub.unreachable
}

// -----

// expected-error @+1 {{'tile.kernel' op entry block must have 1 arguments to match function signature}}
"tile.kernel"() ({
  tile.return
}) {sym_name = "body_without_argument", function_type = (index) -> ()} : () -> ()

// -----

func.func @return_elsewhere() {
  // expected-error @+1 {{'tile.return' op expects parent op 'tile.kernel'}}
  tile.return
}

// -----

tile.kernel @program_id_c1() {
  // expected-error @+1 {{'tile.program_id' op attribute 'axis' failed to satisfy constraint: 64-bit signless integer attribute an axis of the grid}}
  %0 = tile.program_id 2
  tile.return
}

// -----

func.func @launch_c1_missing(%n: index) {
  // expected-error @+1 {{'tile.launch' op expected a tile.kernel, or a gpu.module with `tile.kernel_abi`, got @nowhere}}
  tile.launch @nowhere grid(%n) ()
  return
}

// -----

func.func @launch_c1_function(%n: index) {
  // expected-error @+1 {{'tile.launch' op expected a tile.kernel, or a gpu.module with `tile.kernel_abi`, got @launch_c1_function}}
  tile.launch @launch_c1_function grid(%n) (%n) : index
  return
}

// -----

gpu.module @not_lowered {
}
func.func @launch_c1_gpu_module(%n: index) {
  // expected-error @+1 {{'tile.launch' op expected a tile.kernel, or a gpu.module with `tile.kernel_abi`, got @not_lowered}}
  tile.launch @not_lowered grid(%n) (%n) : index
  return
}

// -----

tile.kernel @k(%x: memref<4xf32>) {
  tile.return
}
func.func @launch_c2(%n: index) {
  // expected-error @+1 {{'tile.launch' op expected arguments of types ('memref<4xf32>'), got ('index')}}
  tile.launch @k grid(%n) (%n) : index
  return
}

// -----

tile.kernel @k() {
  tile.return
}
func.func @launch_c3_empty() {
  // expected-error @+1 {{'tile.launch' op expected a grid of 1 to 2 sizes, got 0}}
  tile.launch @k grid() ()
  return
}

// -----

tile.kernel @k() {
  tile.return
}
func.func @launch_c3(%n: index) {
  // expected-error @+1 {{'tile.launch' op expected a grid of 1 to 2 sizes, got 3}}
  tile.launch @k grid(%n, %n, %n) ()
  return
}

// -----

gpu.module @lowered attributes {tile.kernel_abi = #tile.kernel_abi<threads = 32, shared_bytes = 0, params = [#tile.programs<axis = 1>, #tile.pointer<argument = 1>]>} {
}
func.func @launch_c2_missing(%n: index, %x: memref<?xf32>) {
  // expected-error @+1 {{'tile.launch' op expected the kernel's params to name one of 1 arguments, got argument 1}}
  tile.launch @lowered grid(%n) (%x) : memref<?xf32>
  return
}

// -----

gpu.module @lowered attributes {tile.kernel_abi = #tile.kernel_abi<threads = 32, shared_bytes = 0, params = [#tile.size<argument = 0, axis = 1>]>} {
}
func.func @launch_c2_axis(%n: index, %x: memref<?xf32>) {
  // expected-error @+1 {{'tile.launch' op expected argument 0 to have an axis 1, got 'memref<?xf32>'}}
  tile.launch @lowered grid(%n) (%x) : memref<?xf32>
  return
}

// -----

gpu.module @lowered attributes {tile.kernel_abi = #tile.kernel_abi<threads = 32, shared_bytes = 0, params = [#tile.tensor_map<argument = 0, box = [8, 8], swizzle = 0>]>} {
}
func.func @launch_c2_box(%n: index, %x: memref<?xf32>) {
  // expected-error @+1 {{'tile.launch' op expected a tensor map's box of as many sizes as argument 0, 'memref<?xf32>', got 2}}
  tile.launch @lowered grid(%n) (%x) : memref<?xf32>
  return
}

// -----

gpu.module @lowered attributes {tile.kernel_abi = #tile.kernel_abi<threads = 32, shared_bytes = 0, params = [#tile.pointer<argument = 0>]>} {
}
func.func @launch_c2_no_array(%n: index) {
  // expected-error @+1 {{'tile.launch' op expected argument 0, a pointer of the kernel, to be a memref, got 'index'}}
  tile.launch @lowered grid(%n) (%n) : index
  return
}

// -----

gpu.module @lowered attributes {tile.kernel_abi = #tile.kernel_abi<threads = 32, shared_bytes = 0, params = [#tile.scalar<argument = 0, type = f32>]>} {
}
func.func @launch_c2_scalar(%n: index) {
  // expected-error @+1 {{'tile.launch' op expected argument 0 to be what the kernel takes as a scalar of 'f32', got 'index'}}
  tile.launch @lowered grid(%n) (%n) : index
  return
}

// -----

func.func @locate_step(%n: index, %cu: memref<?xi32>) {
  // expected-error @+1 {{'tile.locate' op attribute 'step' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  %0:5 = tile.locate %n in %cu of %n step 0 : memref<?xi32>
  return
}

// -----

tile.kernel @k() {
  tile.return
}
func.func @check_sequences_c1(%cu: memref<?xi32>, %tokens: index) {
  // expected-error @+1 {{'tile.check_sequences' op expected a gpu.module with `tile.kernel_abi`, got @k}}
  %status = tile.check_sequences %cu, %tokens by @k : memref<?xi32>
  return
}

// -----

func.func @check_sequences_c2(%cu: memref<?xi32>, %tokens: index) {
  // expected-error @+1 {{'tile.check_sequences' op expected queries where there are lengths, got none}}
  %status = "tile.check_sequences"(%cu, %tokens, %cu) <{operandSegmentSizes = array<i32: 1, 1, 0, 1>}>
      : (memref<?xi32>, index, memref<?xi32>) -> i32
  return
}

// -----

func.func @check_sequences_c4(%cu: memref<?xi32>, %tokens: index) {
  // expected-error @+1 {{'tile.check_sequences' op expected rows of tokens that are whole, got none}}
  %status = tile.check_sequences %cu, %tokens whole : memref<?xi32>
  return
}

// -----

func.func @check_sequences_c3(%cu: memref<?xi32>, %tokens: index) {
  // expected-error @+1 {{'tile.check_sequences' op expected rows of at least 2 tokens, got 1}}
  %status = tile.check_sequences %cu, %tokens rows of 1 : memref<?xi32>
  return
}

// -----

// expected-error @+1 {{'tile.kernel' op expected row-major views in the default memory space, of numbers and at most 1099511627776 static elements, got 'memref<4294967296x4294967296xf32>'}}
tile.kernel @kernel_c6(%x: memref<4294967296x4294967296xf32>) {
  tile.return
}

// -----

// expected-error @+1 {{'tile.kernel' op expected row-major views}}
tile.kernel @kernel_c6_layout(%x: memref<?x64xf32, strided<[?, 2]>>) {
  tile.return
}

// -----

// expected-error @+1 {{'tile.kernel' op expected row-major views}}
tile.kernel @kernel_c6_space(%x: memref<?x64xf32, 3>) {
  tile.return
}

// -----

// expected-error @+1 {{'tile.kernel' op expected row-major views}}
tile.kernel @kernel_c6_type(%x: memref<4xcomplex<f32>>) {
  tile.return
}

// -----

gpu.module @lowered attributes {tile.kernel_abi = #tile.kernel_abi<threads = 32, shared_bytes = 0, params = [#tile.programs<axis = 1>, #tile.pointer<argument = 1>]>} {
}
func.func @launch_c2_missing(%n: index, %x: memref<?xf32>) {
  // expected-error @+1 {{'tile.launch' op expected the kernel's params to name one of 1 arguments, got argument 1}}
  tile.launch @lowered grid(%n) (%x) : memref<?xf32>
  return
}

// -----

gpu.module @lowered attributes {tile.kernel_abi = #tile.kernel_abi<threads = 32, shared_bytes = 0, params = [#tile.size<argument = 0, axis = 1>]>} {
}
func.func @launch_c2_axis(%n: index, %x: memref<?xf32>) {
  // expected-error @+1 {{'tile.launch' op expected argument 0 to have an axis 1, got 'memref<?xf32>'}}
  tile.launch @lowered grid(%n) (%x) : memref<?xf32>
  return
}

// -----

gpu.module @lowered attributes {tile.kernel_abi = #tile.kernel_abi<threads = 32, shared_bytes = 0, params = [#tile.tensor_map<argument = 0, box = [8, 8], swizzle = 0>]>} {
}
func.func @launch_c2_box(%n: index, %x: memref<?xf32>) {
  // expected-error @+1 {{'tile.launch' op expected a tensor map's box of as many sizes as argument 0, 'memref<?xf32>', got 2}}
  tile.launch @lowered grid(%n) (%x) : memref<?xf32>
  return
}

// -----

gpu.module @lowered attributes {tile.kernel_abi = #tile.kernel_abi<threads = 32, shared_bytes = 0, params = [#tile.pointer<argument = 0>]>} {
}
func.func @launch_c2_no_array(%n: index) {
  // expected-error @+1 {{'tile.launch' op expected argument 0, a pointer of the kernel, to be a memref, got 'index'}}
  tile.launch @lowered grid(%n) (%n) : index
  return
}

// -----

gpu.module @lowered attributes {tile.kernel_abi = #tile.kernel_abi<threads = 32, shared_bytes = 0, params = [#tile.scalar<argument = 0, type = f32>]>} {
}
func.func @launch_c2_scalar(%n: index) {
  // expected-error @+1 {{'tile.launch' op expected argument 0 to be what the kernel takes as a scalar of 'f32', got 'index'}}
  tile.launch @lowered grid(%n) (%n) : index
  return
}

// -----

func.func @locate_step_huge(%n: index, %cu: memref<?xi32>) {
  // expected-error @+1 {{'tile.locate' op attribute 'step' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive whose maximum value is 2147483647}}
  %0:5 = tile.locate %n in %cu of %n step 9223372036854775807 : memref<?xi32>
  return
}
