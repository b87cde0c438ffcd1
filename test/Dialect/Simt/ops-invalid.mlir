// RUN: fovea-opt %s -split-input-file -verify-diagnostics

func.func @set_registers_c1() {
  // expected-error @+1 {{'simt.set_registers' op expected 24 to 240 registers, a multiple of 8, got 248}}
  simt.set_registers increase 248
  return
}

// -----

func.func @set_registers_c1_few() {
  // expected-error @+1 {{'simt.set_registers' op expected 24 to 240 registers, a multiple of 8, got 16}}
  simt.set_registers decrease 16
  return
}

// -----

func.func @set_registers_c1_multiple() {
  // expected-error @+1 {{'simt.set_registers' op expected 24 to 240 registers, a multiple of 8, got 100}}
  simt.set_registers increase 100
  return
}

// -----

// 32 + 2 * 240 of 3 * 168: the second warpgroup waits for 8 that nobody gives.
llvm.func @set_registers_c2() attributes {nvvm.minctasm = 1 : i32, nvvm.reqntid = array<i32: 384, 1, 1>} {
  // expected-error @+1 {{'simt.set_registers' op expected at most 504 registers in one thread of each warpgroup together, got 32 + 2 * 240}}
  simt.set_registers decrease 32
  simt.set_registers increase 240
  llvm.return
}

// -----

llvm.func @set_registers_c2_shared() attributes {nvvm.minctasm = 2 : i32, nvvm.reqntid = array<i32: 256, 1, 1>} {
  // expected-error @+1 {{'simt.set_registers' op expected at most 256 registers in one thread of each warpgroup together, got 24 + 1 * 240}}
  simt.set_registers decrease 24
  simt.set_registers increase 240
  llvm.return
}

// -----

// The sum is right, and the consumers end with fewer than they had.
llvm.func @set_registers_c2_wrong_way() attributes {nvvm.minctasm = 1 : i32, nvvm.reqntid = array<i32: 512, 1, 1>} {
  // expected-error @+1 {{'simt.set_registers' op expected a decrease and an increase from the 128 registers that a thread has at launch, got 176 and 112}}
  simt.set_registers decrease 176
  simt.set_registers increase 112
  llvm.return
}

// -----

// A block size alone is not enough for ptxas.
llvm.func @set_registers_c2_unknown_at_launch() attributes {nvvm.reqntid = array<i32: 384, 1, 1>} {
  // expected-error @+1 {{'simt.set_registers' op expected `nvvm.minctasm` or `nvvm.maxnreg` beside `nvvm.reqntid`, got neither: registers at launch are unknown}}
  simt.set_registers decrease 24
  simt.set_registers increase 240
  llvm.return
}

// -----

// 24 + 2 * 232 of 3 * 160, which the kernel asks for instead of 168.
llvm.func @set_registers_c2_own_limit() attributes {nvvm.maxnreg = 160 : i32, nvvm.reqntid = array<i32: 384, 1, 1>} {
  // expected-error @+1 {{'simt.set_registers' op expected at most 480 registers in one thread of each warpgroup together, got 24 + 2 * 232}}
  simt.set_registers decrease 24
  simt.set_registers increase 232
  llvm.return
}

// -----

llvm.func @set_registers_c2_nobody_gives() attributes {nvvm.minctasm = 1 : i32, nvvm.reqntid = array<i32: 384, 1, 1>} {
  // expected-error @+1 {{'simt.set_registers' op expected one decrease and one increase in the kernel, got 0 and 1}}
  simt.set_registers increase 240
  llvm.return
}

// -----

func.func @set_registers_direction() {
  // expected-error @+1 {{expected increase or decrease, got keep}}
  simt.set_registers keep 128
  return
}

// -----

func.func @sync_named_c1(%id: i32) {
  // expected-error @+1 {{'simt.sync_named' op expected a multiple of 32 threads, at most 1024, got 48}}
  simt.sync_named %id threads 48
  return
}

// -----

func.func @sync_named_c1_none(%id: i32) {
  // expected-error @+1 {{'simt.sync_named' op expected a multiple of 32 threads, at most 1024, got 0}}
  simt.sync_named %id threads 0
  return
}

// -----

func.func @tma_load_c1(%to: !llvm.ptr<3>, %map: !llvm.ptr, %c: i32) {
  // expected-error @+1 {{'simt.tma_load' op expected 1 to 5 coordinates, got 0}}
  simt.tma_load %to, %map[] barrier %to : !llvm.ptr<3>, !llvm.ptr
  return
}

// -----

func.func @tma_load_c1_many(%to: !llvm.ptr<3>, %map: !llvm.ptr, %c: i32) {
  // expected-error @+1 {{'simt.tma_load' op expected 1 to 5 coordinates, got 6}}
  simt.tma_load %to, %map[%c, %c, %c, %c, %c, %c] barrier %to : !llvm.ptr<3>, !llvm.ptr
  return
}

// -----

func.func @descriptor_c1(%p: !llvm.ptr<3>) {
  // expected-error @+1 {{'simt.descriptor' op expected a swizzle of 128, 64 or 32 bytes, got 16}}
  %d = simt.descriptor %p leading 16 stride 1024 swizzle 16 : !llvm.ptr<3>
  return
}

// -----

func.func @wgmma_c1(%a: i64, %b: i64) {
  // expected-error @+1 {{'simt.wgmma' op expected a multiple of 8 columns, at most 256, got 12}}
  %s = simt.wgmma bf16 %a, %b : i64 -> vector<6xf32>
  return
}

// -----

func.func @wgmma_c1_wide(%a: i64, %b: i64) {
  // expected-error @+1 {{'simt.wgmma' op expected a multiple of 8 columns, at most 256, got 264}}
  %s = simt.wgmma bf16 %a, %b : i64 -> vector<132xf32>
  return
}

// -----

func.func @wgmma_c2(%a: i64, %b: i64, %acc: vector<16xf32>) {
  // expected-error @+1 {{'simt.wgmma' op expected acc of the result's type, got 'vector<16xf32>'}}
  %s = simt.wgmma f16 %a, %b into %acc : vector<16xf32> : i64 -> vector<32xf32>
  return
}

// -----

func.func @wgmma_c3(%a: i64, %b: i64) -> vector<32xf32> {
  // expected-error @+1 {{'simt.wgmma' op expected simt.wgmma_wait before its result is used, got 'func.return'}}
  %s = simt.wgmma bf16 %a, %b : i64 -> vector<32xf32>
  return %s : vector<32xf32>
}

// -----

func.func @wgmma_c3_no_wait(%a: i64, %b: i64) {
  // expected-error @+1 {{'simt.wgmma' op expected one use of its result, got 0}}
  %s = simt.wgmma bf16 %a, %b : i64 -> vector<32xf32>
  return
}

// -----

func.func @pack_c1(%x: vector<32xf32>) {
  // expected-error @+1 {{'simt.pack' op expected two values per word, got 32 and 8}}
  %p = simt.pack bf16 %x : vector<32xf32> -> vector<8xi32>
  return
}

// -----

func.func @unpack_c1(%x: vector<16xi32>) {
  // expected-error @+1 {{'simt.unpack' op expected two values per word, got 16 and 16}}
  %p = simt.unpack bf16 %x : vector<16xi32> -> vector<16xf32>
  return
}

// -----

// A block of no thread: its registers cannot be shared out.
llvm.func @set_registers_c2_no_threads() attributes {nvvm.reqntid = array<i32: 0, 1, 1>} {
  // expected-error @+1 {{'simt.set_registers' op expected blocks of 256 to 1024 threads, a multiple of 128, at most 32 of them per multiprocessor, got array<i32: 0, 1, 1> and 1}}
  simt.set_registers decrease 24
  simt.set_registers increase 240
  llvm.return
}

// -----

llvm.func @set_registers_c2_huge() attributes {nvvm.reqntid = array<i32: 2147483647, 2147483647, 2147483647>} {
  // expected-error @+1 {{'simt.set_registers' op expected blocks of 256 to 1024 threads}}
  simt.set_registers decrease 24
  simt.set_registers increase 240
  llvm.return
}

// -----

llvm.func @set_registers_c2_no_blocks() attributes {nvvm.minctasm = 0 : i32, nvvm.reqntid = array<i32: 256, 1, 1>} {
  // expected-error @+1 {{'simt.set_registers' op expected blocks of 256 to 1024 threads, a multiple of 128, at most 32 of them per multiprocessor, got array<i32: 256, 1, 1> and 0}}
  simt.set_registers decrease 24
  simt.set_registers increase 240
  llvm.return
}

// -----

func.func @sync_named_c1_huge(%id: i32) {
  // expected-error @+1 {{'simt.sync_named' op expected a multiple of 32 threads, at most 1024, got 9223372036854775776}}
  simt.sync_named %id threads 9223372036854775776
  return
}

// -----

func.func @barrier_init_c1(%b: !llvm.ptr<3>) {
  // expected-error @+1 {{'simt.barrier_init' op attribute 'count' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive whose maximum value is 1048575}}
  simt.barrier_init %b count 0 : !llvm.ptr<3>
  return
}

// -----

func.func @barrier_expect_c1(%b: !llvm.ptr<3>) {
  // expected-error @+1 {{'simt.barrier_expect' op attribute 'bytes' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive whose maximum value is 1048575}}
  simt.barrier_expect %b bytes 1048576 : !llvm.ptr<3>
  return
}

// -----

func.func @descriptor_c2(%p: !llvm.ptr<3>) {
  // expected-error @+1 {{'simt.descriptor' op expected offsets that are multiples of 16 below 2^18, got 262144}}
  %d = simt.descriptor %p leading 16 stride 262144 swizzle 128 : !llvm.ptr<3>
  return
}

// -----

func.func @descriptor_c2_bits(%p: !llvm.ptr<3>) {
  // expected-error @+1 {{'simt.descriptor' op expected offsets that are multiples of 16 below 2^18, got 8}}
  %d = simt.descriptor %p leading 8 stride 1024 swizzle 128 : !llvm.ptr<3>
  return
}

// -----

func.func @wgmma_wait_c1(%a: i64, %b: i64) -> vector<4xf32> {
  %s = simt.wgmma bf16 %a, %b : i64 -> vector<4xf32>
  // expected-error @+1 {{'simt.wgmma_wait' op attribute 'newer' failed to satisfy constraint: 64-bit signless integer attribute whose value is non-negative whose maximum value is 7}}
  %r = simt.wgmma_wait 8 %s : vector<4xf32>
  return %r : vector<4xf32>
}

// -----

func.func @values_of_a_thread(%x: vector<65536xf32>) {
  // expected-error @+1 {{'simt.approx' op operand #0 must be}}
  %0 = simt.approx exp2 %x : vector<65536xf32>
  return
}

// -----

func.func @arrive_named_c1(%id: i32) {
  // expected-error @+1 {{'simt.arrive_named' op expected a multiple of 32 threads, at most 1024, got 48}}
  simt.arrive_named %id threads 48
  return
}

// -----

func.func @wgmma_wait_c2() {
  // expected-error @+1 {{'simt.wgmma_wait' op expected at least one value, got none}}
  "simt.wgmma_wait"() {newer = 0 : i64} : () -> ()
  return
}

// -----

func.func @copy_async_c1(%to: !llvm.ptr<3>, %from: !llvm.ptr<1>, %there: i1) {
  // expected-error @+1 {{'simt.copy_async' op expected 4, 8 or 16 bytes, got 12}}
  simt.copy_async %to, %from bytes 12 if %there : !llvm.ptr<3>, !llvm.ptr<1>
  return
}
