//===- SimtOps.td - the machine's own operations -----------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_SIMT_OPS_TD
#define FOVEA_SIMT_OPS_TD

include "mlir/Dialect/LLVMIR/LLVMTypes.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Simt_Dialect : Dialect {
  let name = "simt";
  let cppNamespace = "::fovea::simt";
  let summary = "The machine's own operations, as one thread sees them";
  let description = [{
    One operation, one instruction pattern. A tile is here what one thread holds of it:
    a vector; elementwise math on it is `arith`, addresses and plain loads are `llvm`,
    control flow is `scf`. The operations of mma.sync, ldmatrix, cp.async, the warp and
    barriers that are polled exist from sm_80 on and make up its kernels too. Those of
    wgmma, mbarrier transactions, waits that sleep and TMA exist on sm_90a only.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

class Simt_Op<string mnemonic, list<Trait> traits = []>
    : Op<Simt_Dialect, mnemonic, traits>;

def Simt_Shared : LLVM_PointerInAddressSpace<3>;
def Simt_Global : LLVM_PointerInAddressSpace<1>;
def Simt_BoundedPred : CPred<
    "!::llvm::cast<::mlir::VectorType>($_self).isScalable() && "
    "::llvm::cast<::mlir::VectorType>($_self).getNumElements() <= 1024">;
class Simt_VectorOf<Type type> : ConfinedType<VectorOfRankAndType<[1], [type]>,
    [Simt_BoundedPred], "at most 1024 values of one thread, a vector of " # type.summary>;
def Simt_F32Vector : Simt_VectorOf<F32>;
def Simt_I32Vector : Simt_VectorOf<I32>;
def Simt_Float : AnyTypeOf<[F32, Simt_F32Vector]>;
def Simt_Word : AnyTypeOf<[I32, F32]>;
def Simt_FragmentA : VectorOfLengthAndType<[4], [I32]>;
def Simt_FragmentB : VectorOfLengthAndType<[2], [I32]>;
def Simt_FragmentC : VectorOfLengthAndType<[4], [F32]>;

def Simt_Half : I32EnumAttr<"Half", "a 16-bit element type", [
    I32EnumAttrCase<"BF16", 0, "bf16">, I32EnumAttrCase<"F16", 1, "f16">]> {
  let cppNamespace = "::fovea::simt";
}

//===----------------------------------------------------------------------===//
// Where a thread is
//===----------------------------------------------------------------------===//

def Simt_Special : I32EnumAttr<"Special", "a special register", [
    I32EnumAttrCase<"Thread", 0, "thread">, I32EnumAttrCase<"Block", 1, "block">,
    I32EnumAttrCase<"Blocks", 2, "blocks">]> {
  let cppNamespace = "::fovea::simt";
}

def Simt_SpecialOp : Simt_Op<"special", [
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "a special register: thread of the block, block, number of blocks";
  let description = [{
    With `here` it is read where it stands, as if it could change: neither it nor what
    follows from it is moved out of a branch or a loop, where it would take a register.

    Example: `%t = simt.special thread`, `%t_here = simt.special thread here`.
  }];
  let arguments = (ins Simt_Special:$which, UnitAttr:$here);
  let results = (outs I32:$result);
  let assemblyFormat = "$which (`here` $here^)? attr-dict";
}

def Simt_SharedBaseOp : Simt_Op<"shared_base", [Pure]> {
  let summary = "the block's dynamic shared memory, aligned to 1024 bytes";
  let description = "Example: `%s = simt.shared_base : !llvm.ptr<3>`.";
  let results = (outs Simt_Shared:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
}

def Simt_SetRegistersOp : Simt_Op<"set_registers"> {
  let summary = "setmaxnreg: this warpgroup's registers per thread";
  let description = [{
    An increase waits until the block has that many registers to spare: a hand-over that
    does not add up hangs the machine.

    ptxas ignores it where it cannot tell what a thread has at launch (C7508): a kernel
    needs the size of a block (`nvvm.reqntid`) and, beside it, the least number of blocks
    on a multiprocessor (`nvvm.minctasm`) or the most registers of a thread
    (`nvvm.maxnreg`).

    Constraints: `set_registers_c1` 24 to 240, a multiple of 8; `set_registers_c2` where
    the size of a block is known (`nvvm.reqntid`), that is 256 to 1024 threads, warpgroups
    of 128, in at most 32 blocks of a multiprocessor, the other is too; one warpgroup
    decreases and all others increase, to no more than the block has at launch.

    Example: `simt.set_registers increase 160`.
  }];
  let arguments = (ins BoolAttr:$increase, I64Attr:$count);
  let assemblyFormat = "custom<Direction>($increase) $count attr-dict";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Barriers and fences
//===----------------------------------------------------------------------===//

def Simt_BarrierCount
    : ConfinedAttr<I64Attr, [IntPositive, IntMaxValue<1048575>]>;

def Simt_BarrierInitOp : Simt_Op<"barrier_init"> {
  let summary = "mbarrier.init";
  let description = [{
    Constraints: `barrier_init_c1` count is 1 to 2^20 - 1, what an mbarrier can count.

    Example: `simt.barrier_init %b count 12 : !llvm.ptr<3>`.
  }];
  // barrier_init_c1
  let arguments = (ins Simt_Shared:$barrier, Simt_BarrierCount:$count);
  let assemblyFormat = "$barrier `count` $count attr-dict `:` type($barrier)";
}

def Simt_BarrierWaitOp : Simt_Op<"barrier_wait"> {
  let summary = "wait until the barrier's phase of that parity has completed";
  let description = [{
    mbarrier.try_wait in a loop, which sleeps; `polling`: mbarrier.test_wait, which does
    not, and which every target has.

    Example: `simt.barrier_wait %b parity %p polling : !llvm.ptr<3>`.
  }];
  let arguments = (ins Simt_Shared:$barrier, I32:$parity, UnitAttr:$polling);
  let assemblyFormat = [{
    $barrier `parity` $parity (`polling` $polling^)? attr-dict `:` type($barrier)
  }];
}

def Simt_BarrierArriveOp : Simt_Op<"barrier_arrive"> {
  let summary = "mbarrier.arrive of this thread, where the predicate holds";
  let description = "Example: `simt.barrier_arrive %b if %first : !llvm.ptr<3>`.";
  let arguments = (ins Simt_Shared:$barrier, I1:$predicate);
  let assemblyFormat = "$barrier `if` $predicate attr-dict `:` type($barrier)";
}

def Simt_BarrierExpectOp : Simt_Op<"barrier_expect"> {
  let summary = "mbarrier.arrive.expect_tx: this thread arrives, and so will the bytes";
  let description = [{
    Constraints: `barrier_expect_c1` bytes are 1 to 2^20 - 1, what an mbarrier can count.

    Example: `simt.barrier_expect %b bytes 16384 : !llvm.ptr<3>`.
  }];
  // barrier_expect_c1
  let arguments = (ins Simt_Shared:$barrier, Simt_BarrierCount:$bytes);
  let assemblyFormat = "$barrier `bytes` $bytes attr-dict `:` type($barrier)";
}

def Simt_FenceBarrierInitOp : Simt_Op<"fence_barrier_init"> {
  let summary = "make initialized barriers visible to the copy engine";
  let description = "Example: `simt.fence_barrier_init`.";
  let assemblyFormat = "attr-dict";
}

def Simt_FenceAsyncOp : Simt_Op<"fence_async"> {
  let summary = "order this thread's shared-memory accesses before the async proxy's";
  let description = "Example: `simt.fence_async`.";
  let assemblyFormat = "attr-dict";
}

def Simt_SyncBlockOp : Simt_Op<"sync_block"> {
  let summary = "all threads of the block meet";
  let description = "Example: `simt.sync_block`.";
  let assemblyFormat = "attr-dict";
}

def Simt_SleepOp : Simt_Op<"sleep"> {
  let summary = "nanosleep: this thread does nothing for about that many nanoseconds";
  let description = "Example: `simt.sleep %nanoseconds`.";
  let arguments = (ins I32:$nanoseconds);
  let assemblyFormat = "$nanoseconds attr-dict";
}

def Simt_SyncWarpOp : Simt_Op<"sync_warp"> {
  let summary = "all lanes of the warp meet";
  let description = "Example: `simt.sync_warp`.";
  let assemblyFormat = "attr-dict";
}

def Simt_SyncNamedOp : Simt_Op<"sync_named"> {
  let summary = "some warps meet at a named barrier";
  let description = [{
    Constraints: `sync_named_c1` threads is a multiple of 32, 32 to 1024.

    Example: `simt.sync_named %id threads 128`.
  }];
  let arguments = (ins I32:$id, I64Attr:$threads);
  let assemblyFormat = "$id `threads` $threads attr-dict";
  let hasVerifier = 1;
}

def Simt_ArriveNamedOp : Simt_Op<"arrive_named"> {
  let summary = "arrive at a named barrier, where others meet, and go on";
  let description = [{
    `threads` are those that arrive and those that wait, together.

    Constraints: `arrive_named_c1` threads is a multiple of 32, 32 to 1024.

    Example: `simt.arrive_named %id threads 256`.
  }];
  let arguments = (ins I32:$id, I64Attr:$threads);
  let assemblyFormat = "$id `threads` $threads attr-dict";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

def Simt_TmaLoadOp : Simt_Op<"tma_load"> {
  let summary = "copy a box of a tensor map into shared memory";
  let description = [{
    One thread asks; `barrier` is told of the bytes. Coordinates come innermost first.

    Constraints: `tma_load_c1` 1 to 5 coordinates.

    Example:
    ```mlir
    simt.tma_load %to, %map[%c0, %head, %row] barrier %b : !llvm.ptr<3>, !llvm.ptr
    ```
  }];
  let arguments = (ins Simt_Shared:$to, LLVM_AnyPointer:$map, Simt_Shared:$barrier,
                       Variadic<I32>:$coordinates);
  let assemblyFormat = [{
    $to `,` $map `[` $coordinates `]` `barrier` $barrier attr-dict `:` type($to) `,`
    type($map)
  }];
  let hasVerifier = 1;
}

def Simt_CopyAsyncOp : Simt_Op<"copy_async"> {
  let summary = "cp.async: this thread copies some bytes into shared memory";
  let description = [{
    Where the condition is false, nothing is read and as many zeros arrive. Both
    addresses are multiples of the bytes.

    Constraints: `copy_async_c1` bytes are 4, 8 or 16.

    Example: `simt.copy_async %to, %from bytes 8 if %there : !llvm.ptr<3>, !llvm.ptr<1>`.
  }];
  let arguments = (ins Simt_Shared:$to, Simt_Global:$from, I1:$condition,
                       DefaultValuedAttr<I64Attr, "16">:$bytes);
  let hasVerifier = 1;
  let assemblyFormat = [{
    $to `,` $from (`bytes` $bytes^)? `if` $condition attr-dict `:` type($to) `,` type($from)
  }];
}

def Simt_BarrierArriveCopiesOp : Simt_Op<"barrier_arrive_copies"> {
  let summary = "cp.async.mbarrier.arrive.noinc: arrive when this thread's copies have";
  let description = [{
    The barrier's count includes one arrival for each thread that does this.

    Example: `simt.barrier_arrive_copies %b : !llvm.ptr<3>`.
  }];
  let arguments = (ins Simt_Shared:$barrier);
  let assemblyFormat = "$barrier attr-dict `:` type($barrier)";
}

def Simt_CopiesWaitOp : Simt_Op<"copies_wait"> {
  let summary = "cp.async.wait_all: this thread's copies have arrived";
  let description = "Example: `simt.copies_wait`.";
  let assemblyFormat = "attr-dict";
}

def Simt_LoadMatrixOp : Simt_Op<"load_matrix"> {
  let summary = "ldmatrix.x4: four 8x8 tiles of 16-bit elements to a warp";
  let description = [{
    Example: `%a = simt.load_matrix %p transpose : !llvm.ptr<3> -> vector<4xi32>`.
  }];
  let arguments = (ins Simt_Shared:$address, UnitAttr:$transpose);
  let results = (outs Simt_FragmentA:$result);
  let assemblyFormat = [{
    $address (`transpose` $transpose^)? attr-dict `:` type($address) `->` type($result)
  }];
}

//===----------------------------------------------------------------------===//
// Matrix products
//===----------------------------------------------------------------------===//

def Simt_DescriptorOp : Simt_Op<"descriptor", [Pure]> {
  let summary = "how wgmma finds an operand in shared memory";
  let description = [{
    `address >> 4 | leading << 16 | stride << 32 | swizzle << 62`, the offsets in bytes
    before they are shifted; swizzle 128, 64 or 32 bytes.

    Constraints: `descriptor_c1` swizzle is 128, 64 or 32; `descriptor_c2` the offsets are
    multiples of 16 from 0 to 2^18 - 16, of which 14 bits are kept.

    Example: `%d = simt.descriptor %p leading 8192 stride 1024 swizzle 128 : !llvm.ptr<3>`.
  }];
  let arguments = (ins Simt_Shared:$address, I64Attr:$leading, I64Attr:$stride,
                       I64Attr:$swizzle);
  let results = (outs I64:$result);
  let assemblyFormat = [{
    $address `leading` $leading `stride` $stride `swizzle` $swizzle attr-dict `:`
    type($address)
  }];
  let hasVerifier = 1;
}

def Simt_WgmmaFenceOp : Simt_Op<"wgmma_fence"> {
  let summary = "wgmma.fence: registers are ready for the products that follow";
  let description = "Example: `simt.wgmma_fence`.";
  let assemblyFormat = "attr-dict";
}

def Simt_WgmmaCommitOp : Simt_Op<"wgmma_commit"> {
  let summary = "wgmma.commit_group";
  let description = "Example: `simt.wgmma_commit`.";
  let assemblyFormat = "attr-dict";
}

def Simt_WgmmaOp : Simt_Op<"wgmma"> {
  let summary = "wgmma.mma_async m64nNk16, N twice the accumulator's size";
  let description = [{
    `a` is a descriptor or a fragment in registers, `b` a descriptor. Without `acc` the
    product starts from zero. The result may not be touched before `simt.wgmma_wait`.

    Constraints: `wgmma_c1` N is a multiple of 8, at most 256; `wgmma_c2` acc has the
    result's type; `wgmma_c3` the result is acc of one more product or waited for, and
    nothing else uses it (ptxas: C7514, C7515, C7517).

    Example:
    ```mlir
    %s = simt.wgmma bf16 %a, %b : i64 -> vector<32xf32>
    %t = simt.wgmma bf16 %p, %v into %o : vector<64xf32> transpose_b
        : vector<4xi32> -> vector<64xf32>
    ```
  }];
  let arguments = (ins Simt_Half:$type, AnyTypeOf<[I64, Simt_FragmentA]>:$a, I64:$b,
                       Optional<Simt_F32Vector>:$acc, UnitAttr:$transposeB);
  let results = (outs Simt_F32Vector:$result);
  let assemblyFormat = [{
    $type $a `,` $b (`into` $acc^ `:` type($acc) )? (`transpose_b` $transposeB^)? attr-dict `:` type($a)
    `->` type($result)
  }];
  let hasVerifier = 1;
}

def Simt_WgmmaWaitOp : Simt_Op<"wgmma_wait", [AllTypesMatch<["values", "results"]>]> {
  let summary = "wgmma.wait_group, tied to the registers that it makes readable";
  let description = [{
    The first value is what the products made. Others are tied to it as well: what is
    computed from their results stays behind the wait.

    Constraints: `wgmma_wait_c1` newer is 0 to 7; `wgmma_wait_c2` at least one value.

    Example: `%u:2 = simt.wgmma_wait 0 %t, %r : vector<64xf32>, vector<32xf32>`.
  }];
  // wgmma_wait_c1
  let arguments = (ins ConfinedAttr<I64Attr, [IntNonNegative, IntMaxValue<7>]>:$newer,
                       Variadic<Simt_F32Vector>:$values);
  let results = (outs Variadic<Simt_F32Vector>:$results);
  let assemblyFormat = "$newer $values attr-dict `:` type($values)";
  let hasVerifier = 1;
}

def Simt_MmaOp : Simt_Op<"mma", [Pure, AllTypesMatch<["acc", "result"]>]> {
  let summary = "mma.sync m16n8k16";
  let description = [{
    Example: `%c = simt.mma bf16 %a, %b, %acc : vector<4xi32>, vector<2xi32>, vector<4xf32>`.
  }];
  let arguments = (ins Simt_Half:$type, Simt_FragmentA:$a, Simt_FragmentB:$b,
                       Simt_FragmentC:$acc);
  let results = (outs Simt_FragmentC:$result);
  let assemblyFormat = "$type $a `,` $b `,` $acc attr-dict `:` type($a) `,` type($b) `,` type($acc)";
}

//===----------------------------------------------------------------------===//
// Elementwise and across lanes
//===----------------------------------------------------------------------===//

def Simt_Approximation : I32EnumAttr<"Approximation", "an approximate function", [
    I32EnumAttrCase<"Exp2", 0, "exp2">, I32EnumAttrCase<"Log2", 1, "log2">,
    I32EnumAttrCase<"Reciprocal", 2, "reciprocal">,
    I32EnumAttrCase<"Sqrt", 3, "sqrt">, I32EnumAttrCase<"Tanh", 4, "tanh">]> {
  let cppNamespace = "::fovea::simt";
}

def Simt_ApproxOp : Simt_Op<"approx", [Pure, SameOperandsAndResultType]> {
  let summary = "ex2, lg2, rcp, sqrt or tanh .approx, subnormals as zero but for tanh";
  let description = [{
    Relative error below 2^-22 (exp2, reciprocal, sqrt) or 2^-10.5 (tanh), absolute below
    2^-22 (log2).

    Example: `%e = simt.approx exp2 %x : vector<32xf32>`.
  }];
  let arguments = (ins Simt_Approximation:$function, Simt_Float:$input);
  let results = (outs Simt_Float:$result);
  let assemblyFormat = "$function $input attr-dict `:` type($input)";
}

def Simt_PackOp : Simt_Op<"pack", [Pure]> {
  let summary = "round pairs of f32 to 16 bits, two to a word, the first one low";
  let description = [{
    Constraints: `pack_c1` half as many words as values.

    Example: `%p = simt.pack bf16 %x : vector<32xf32> -> vector<16xi32>`.
  }];
  let arguments = (ins Simt_Half:$type, Simt_F32Vector:$input);
  let results = (outs Simt_I32Vector:$result);
  let assemblyFormat = "$type $input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Simt_UnpackOp : Simt_Op<"unpack", [Pure]> {
  let summary = "widen pairs of 16 bits to f32";
  let description = [{
    Constraints: `unpack_c1` half as many words as values.

    Example: `%x = simt.unpack bf16 %p : vector<16xi32> -> vector<32xf32>`.
  }];
  let arguments = (ins Simt_Half:$type, Simt_I32Vector:$input);
  let results = (outs Simt_F32Vector:$result);
  let assemblyFormat = "$type $input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Simt_ShuffleKind : I32EnumAttr<"ShuffleKind", "which lane a value comes from", [
    I32EnumAttrCase<"Xor", 0, "xor">, I32EnumAttrCase<"Index", 1, "index">,
    I32EnumAttrCase<"Up", 2, "up">]> {
  let cppNamespace = "::fovea::simt";
}

def Simt_ShuffleOp : Simt_Op<"shuffle", [AllTypesMatch<["value", "result"]>]> {
  let summary = "another lane's value";
  let description = [{
    `xor`: of lane `this ^ lane`; `index`: of lane `lane`; `up`: of lane `this - lane`
    (its own where there is none). All lanes take part.

    Example: `%y = simt.shuffle xor %x, %c1 : f32`.
  }];
  let arguments = (ins Simt_ShuffleKind:$kind, Simt_Word:$value, I32:$lane);
  let results = (outs Simt_Word:$result);
  let assemblyFormat = "$kind $value `,` $lane attr-dict `:` type($value)";
}

def Simt_BallotOp : Simt_Op<"ballot"> {
  let summary = "one bit per lane of the warp";
  let description = "Example: `%m = simt.ballot %p`.";
  let arguments = (ins I1:$predicate);
  let results = (outs I32:$result);
  let assemblyFormat = "$predicate attr-dict";
}

def Simt_ElectOp : Simt_Op<"elect"> {
  let summary = "true for one lane of the warp";
  let description = [{
    elect.sync: all lanes meet. ptxas knows that one lane alone runs what it guards, and
    copies by the copy engine need no loop over the lanes there, which it writes behind a
    comparison of the lane's number.

    Example: `%one = simt.elect`.
  }];
  let results = (outs I1:$result);
  let assemblyFormat = "attr-dict";
}

def Simt_WarpReduction : I32EnumAttr<"WarpReduction", "how a warp's words become one", [
    I32EnumAttrCase<"MinUnsigned", 0, "min_unsigned">, I32EnumAttrCase<"Or", 1, "or">]> {
  let cppNamespace = "::fovea::simt";
}

def Simt_WarpReduceOp : Simt_Op<"warp_reduce"> {
  let summary = "redux.sync: one word of all lanes'";
  let description = "Example: `%m = simt.warp_reduce min_unsigned %x`.";
  let arguments = (ins Simt_WarpReduction:$kind, I32:$value);
  let results = (outs I32:$result);
  let assemblyFormat = "$kind $value attr-dict";
}

#endif // FOVEA_SIMT_OPS_TD
