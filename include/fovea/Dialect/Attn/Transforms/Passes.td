//===- Passes.td - passes over the attn dialect ------------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_ATTN_PASSES_TD
#define FOVEA_ATTN_PASSES_TD

include "mlir/Pass/PassBase.td"

def ExpandSpecPass : Pass<"attn-expand-spec", "::mlir::ModuleOp"> {
  let summary = "Expand attention specs into functions over attn operations";
  let description = [{
    Each `attn.spec @name` becomes a function `@name_forward`, and the spec is erased. Arguments carry `attn.name`: `q`; `k` and `v` where a branch
    shares them; `<branch>_k` and `<branch>_v` per `own_kv` branch; per compressed
    branch `<branch>_k_<p>` and `<branch>_v_<p>` for phi's parameters and `pos` for
    positions; `gates`; `cu_seqlens`. The result is `o`. With `entries backward` the
    function is marked `attn.backward = ["o"]`, for `attn-differentiate`.

    Precondition: verified specs. Postcondition: no `attn.spec` remains. Numerics:
    none are changed; a spec has no other meaning than this expansion.

    ```mlir
    // before
    attn.spec @near heads 8 over 2 dims 64 x 64 of f32 {
      attn.branch @window sees #attn.window<512>
    }
    // after
    func.func @near_forward(%q: tensor<?x8x64xf32> {attn.name = "q"}, ...)
        -> (tensor<?x8x64xf32> {attn.name = "o"}) {
      %out, %lse = attn.attend %q sees #attn.window<512> in %k, %v, %cu : ...
      return %out : tensor<?x8x64xf32>
    }
    ```
  }];
  let options = [Option<"auxOutputs", "aux-outputs", "bool", "false",
      "also return `<branch>_lse` of each branch and `<branch>_indices` of each "
      "ranked one: what a backward pass saves and a check compares">];
  let dependentDialects = ["::mlir::func::FuncDialect", "::fovea::attn::AttnDialect"];
}

def InferRowsPass : Pass<"attn-infer-rows", "::mlir::func::FuncOp"> {
  let summary = "Write what the rows of a function's arguments and results count";
  let description = [{
    A function is over one batch of T tokens in B sequences, and the first size of each
    of its arrays follows from these: `attn.rows` is "tokens", "tokens / d" (floor(T / d)
    rows: compressed keys of stride d), "sequence_ends" (B + 1: cu_seqlens, whatever its
    name) or "static" (a number of its own). It is derived from how operations, those in
    groups too, take a value; everything behind, from the C header to the runtime's
    checks, reads the attribute. One that is there already is held against the uses; an
    argument of dynamic rows that nothing uses must have it.

    Refused, by one diagnostic: two uses that contradict one another; keys that are
    computed with other rows than the attention over them reads; top-k over scores of
    other blocks; a static size that no T or B fits, or that an intermediate has and no
    argument or result; a function that is not one block of attn operations over ranked
    tensors of f32, f16, bf16 or i32.

    Precondition: `attn-expand-spec`. Functions without attn operations are left alone.
    Postcondition: `attn.rows` on every argument and result. Numerics: none.

    ```mlir
    // before
    func.func @far(%q: tensor<?x4x16xf32>, %kc: tensor<?x2x16xf32>, %ends: tensor<?xi32>)
        -> tensor<?x4x16xf32> {
      %o, %lse = attn.attend %q sees #attn.compressed<block = 8, stride = 4>
          in %kc, %kc, %ends : ...
      return %o : tensor<?x4x16xf32>
    }
    // after
    func.func @far(%q: tensor<?x4x16xf32> {attn.rows = "tokens"},
                   %kc: tensor<?x2x16xf32> {attn.rows = "tokens / 4"},
                   %ends: tensor<?xi32> {attn.rows = "sequence_ends"})
        -> (tensor<?x4x16xf32> {attn.rows = "tokens"}) { ... }
    ```
  }];
  let dependentDialects = ["::fovea::attn::AttnDialect"];
}

def SplitCombinePass : Pass<"attn-split-combine", "::mlir::func::FuncOp"> {
  let summary = "Add up branches one attention at a time";
  let description = [{
    For targets whose kernels hold one accumulator: `attn.combine` of several attentions
    becomes a chain of combines, one directly behind each attention, in the order of
    these; only those whose keys lists choose come last. Each adds to the partial sum
    before it (`onto`), so that `attn-fuse` makes it its attention's epilogue, no branch
    is stored, and `convert-attn-to-tile` keeps all partial sums in one buffer, that of
    the result. An attention moves up to directly behind the sum before it where all that
    it takes is there, so that `attn-fuse` can make one kernel of both.

    An attention gets a link of its own if nothing but the combine reads its branch, and
    gates and base stand before it. Branches of no such attention are the last link's.
    Left alone: a combine of fewer than two such attentions, one in a group, one with
    attributes of its own, such as a schedule.

    Precondition: none. Postcondition: none that others need. Numerics: each partial sum
    is rounded to the result's element type, and branches are added in the order of their
    attentions; fused, no branch is rounded by itself any more.

    ```mlir
    // before
    %a, %l = attn.attend %q sees #attn.compressed<block = 32, stride = 16> in ...
    %i = attn.group { ... %l ... }
    %b, %m = attn.attend %q sees #attn.selected<block = 64> in ... indices(%i : ...) : ...
    %o = attn.combine %a, %b gates %g logits : ...
    // after
    %a, %l = attn.attend %q sees #attn.compressed<block = 32, stride = 16> in ...
    %p = attn.combine %a gates %g columns [0] logits : ...
    %i = attn.group { ... %l ... }
    %b, %m = attn.attend %q sees #attn.selected<block = 64> in ... indices(%i : ...) : ...
    %o = attn.combine %b gates %g columns [1] logits onto %p : ...
    ```
  }];
  let statistics = [Statistic<"numLinks", "links", "combines that others became">];
  let dependentDialects = ["::fovea::attn::AttnDialect"];
}

def FoldGatesPass : Pass<"attn-fold-gates", "::mlir::func::FuncOp"> {
  let summary = "Gates as a part of lse in gradients of gated attentions";
  let description = [{
    The gradient of `attn.combine` has a dout for each branch, `p dout` with p the sigmoid
    of its gate, of which the attention's gradients make `P (p dout . v - delta)` and `P p
    dout`. Here they take dout as it is and `lse - ln p`, whose probabilities are `p P`:
    `attn.combine_grad_gates`, which reads dout and the branches anyway, gives it, and
    delta, `dout . out`, too. No branch has a dout of its own then, which is as large as
    the output, and no kernel computes delta alone.

    Only where each branch of the sum is the out of an attention whose gradients alone
    read its dout and delta, lse has no gradient, gates are logits (values may be
    negative), and all that is read stands before the first delta.

    Precondition: none. Postcondition: none that others need. Numerics: a branch's dout is
    not rounded any more; gates round what they are multiplied with, probabilities in f32.

    ```mlir
    // before
    %da = attn.combine %do gates %g columns [0] logits : ...
    %d = attn.attend_delta %da, %a : ...
    %dq = attn.attend_grad_q %q sees #attn.causal in %k, %v, %cu of %da, %lse, %d : ...
    %dg = attn.combine_grad_gates %do, %g of %a over %cu columns [0] logits : ...
    // after
    %dg, %m, %d = attn.combine_grad_gates %do, %g of %a lse %lse over %cu columns [0] logits : ...
    %dq = attn.attend_grad_q %q sees #attn.causal in %k, %v, %cu of %do, %m, %d : ...
    ```
  }];
  let statistics = [Statistic<"numAttentions", "attentions", "branches whose gates are in lse">];
  let dependentDialects = ["::fovea::attn::AttnDialect"];
}

def ChainGradientsPass : Pass<"attn-chain-gradients", "::mlir::func::FuncOp"> {
  let summary = "Add up gradients of queries one attention at a time";
  let description = [{
    `attn.sum` of two gradients of queries or more becomes a chain, in their order: each
    `attn.attend_grad_q` adds to the sum before it (`onto`), which
    `convert-attn-to-tile` keeps in one buffer, that of the result. No gradient is
    stored by itself. Other parts of the sum are added to that of the chain.

    A chain of gradients whose douts are arguments is placed behind what does not wait for
    it, such as the gradients of keys, which may run at once with it.

    Left alone: a gradient that something else reads, or that adds to something already.

    Precondition: none. Postcondition: none that others need. Numerics: where the chain is
    all of the sum, each partial sum is rounded to the result's element type; gradients are
    added in the order of their attentions.

    ```mlir
    // before
    %a = attn.attend_grad_q %q sees #attn.window<512> in ... -> tensor<?x64x128xf32>
    %b = attn.attend_grad_q %q sees #attn.causal in ... -> tensor<?x64x128xf32>
    %dq = attn.sum %a, %b of "tokens" : (...) -> tensor<?x64x128xbf16>
    // after
    %a = attn.attend_grad_q %q sees #attn.window<512> in ... -> tensor<?x64x128xbf16>
    %dq = attn.attend_grad_q %q sees #attn.causal in ... onto %a : ... -> tensor<?x64x128xbf16>
    ```
  }];
  let statistics = [Statistic<"numLinks", "links", "gradients that are in a chain">];
  let dependentDialects = ["::fovea::attn::AttnDialect"];
}

def FusePass : Pass<"attn-fuse", "::mlir::func::FuncOp"> {
  let summary = "Form groups of attn operations that become one kernel";
  let description = [{
    Three rules, and nothing else is decided here:

    1. `attn.score_blocks` or `attn.index_blocks` whose scores only one
       `attn.select_topk` reads joins it: the [T, Nblk] matrix is never stored.
    2. `attn.combine` takes in the attends that give its branches, where nothing before
       it reads what they compute: gates become an epilogue.
    3. A combine that adds to the sum of another (`onto`) goes on in the same kernel,
       where nobody else reads that sum, the attentions of both share their queries, and
       none of them takes lists: the queries are loaded once, and the sum waits in
       memory that the same program reads again, while the next attention has the
       registers.

    What one kernel cannot compute (`group_c3`: other sequences, other heads) stays apart.

    Precondition: none. Postcondition: every group's operations share one tiling of
    queries. Numerics: fused kernels keep values in f32 that the unfused ones round to
    the element type; never the reverse.

    ```mlir
    // before
    %s = attn.score_blocks %q over ... into ... in %kc, %lse, %cu : ...
    %i = attn.select_topk %s, %cu of ... : ...
    // after
    %i = attn.group {
      %s = attn.score_blocks %q over ... into ... in %kc, %lse, %cu : ...
      %t = attn.select_topk %s, %cu of ... : ...
      attn.yield %t : tensor<?x4x16xi32>
    } : tensor<?x4x16xi32>
    ```
  }];
  let options = [Option<"maxAttends", "max-attends", "int64_t", "0",
      "most attends of a group, the last of them; 0: all. Each keeps its accumulator "
      "until the gates meet it, which a GPU's registers do not have room for">];
  let statistics = [Statistic<"numGroups", "groups", "groups formed">];
  let dependentDialects = ["::fovea::attn::AttnDialect"];
}

def DifferentiatePass : Pass<"attn-differentiate", "::mlir::ModuleOp"> {
  let summary = "Make the backward function of each function of attention";
  let description = [{
    For a function @f, or @f_forward, of attn operations, @f_backward takes what @f takes,
    what is saved of its intermediates, and the gradients of its results, and returns the
    gradients of its arguments. Their `attn.name` is `grad_<name>`. With `marked`, only
    functions marked `attn.backward` get one; the mark names the results that `results`
    does not, and goes. It is reverse mode: each
    operation's `GradientOpInterface` builds the gradients of its operands from those of
    its results, the last operation first. A value that is used several times gets the sum
    of its contributions (`attn.sum`): those of attentions, compressions and gates are f32
    then, and rounded once.

    Selection has no gradient: what `attn.select_topk` chooses is a constant, and so are
    the scores that it chooses by (`attn.score_blocks`, `attn.index_blocks`). A result that
    follows from arguments in this way alone has no gradient argument, and an argument
    like a ranker's query no gradient.

    By default everything that a gradient reads is computed once more. `save` names what
    is not, by the operations' words for their results: `out` and `lse` of attentions,
    `output` of compressions (the compressed keys and values), `indices` of selections; or
    `all` of these, or `none`. @f returns what is saved behind its own results, where it
    does not already, by a name such as `lse_0`, or `window_lse` of an operation whose
    `attn.name` is "window"; what no gradient reads is not saved.

    Refused, by one diagnostic: an operation without a model, such as a gradient itself; one
    in a group; an attention of which lse has a gradient and out has none; names that the
    function does not have, or that two values of @f_backward would have; an argument, or a result, that was asked for and has no
    gradient; functions that `attn-infer-rows` refuses.

    Precondition: `attn-expand-spec`; no groups. Functions without attn operations are left
    alone. Postcondition: @f computes what it did. Numerics: none are changed; a value that
    is computed once more has the bits that it had, and a saved one is rounded to its
    type, as everywhere.

    ```mlir
    // before
    func.func @f(%q: !q {attn.name = "q"}, %k: !k {attn.name = "k"}, %v: !v {attn.name = "v"},
                 %cu: !cu {attn.name = "cu_seqlens"}) -> (!o {attn.name = "o"}) {
      %o, %lse = attn.attend %q sees #attn.causal in %k, %v, %cu : ...
      return %o : !o
    }
    // after, with save=out,lse
    func.func @f(...) -> (!o {attn.name = "o"}, !s {attn.name = "lse_0"}) { ... }
    func.func @f_backward(%q: !q, %k: !k, %v: !v, %cu: !cu, %o: !o, %lse: !s, %do: !o)
        -> (!q {attn.name = "grad_q"}, !k {attn.name = "grad_k"}, !v {attn.name = "grad_v"}) {
      %delta = attn.attend_delta %do, %o : ...
      %dq = attn.attend_grad_q %q sees #attn.causal in %k, %v, %cu of %do, %lse, %delta : ...
      %dk, %dv = attn.attend_grad_kv %q sees #attn.causal in %k, %v, %cu of %do, %lse, %delta : ...
      return %dq, %dk, %dv : !q, !k, !v
    }
    ```
  }];
  let options = [
    ListOption<"arguments", "arguments", "std::string",
      "arguments whose gradients are returned, by `attn.name` or number; none: those that "
      "have one">,
    ListOption<"results", "results", "std::string",
      "results whose gradients are taken, by `attn.name` or number; none: those that have "
      "one">,
    ListOption<"save", "save", "std::string",
      "what is saved rather than computed once more, by the operations' words for it: "
      "out, lse, output, indices; all; none, which is the default">,
    Option<"marked", "marked", "bool", "false",
      "only of functions that are marked `attn.backward`, as those of a spec with "
      "`entries backward`">,
    Option<"reportMemory", "report-memory", "bool", "false",
      "say of each value that gradients read the memory that saving it takes">];
  let dependentDialects = ["::fovea::attn::AttnDialect"];
}

def CheckKeySetsPass : Pass<"attn-check-key-sets"> {
  let summary = "Try the contract of every key set in the IR";
  let description = [{
    For those who write key sets. What each set in the IR emits, its number of keys,
    visits, masks, transpose and cost, is evaluated on drawn lengths, query tiles and key
    blocks and held against its `contains`, by the contract of `KeySet.h`. What differs is
    an error at the first operation that has the set, with the numbers that show it.

    Lengths are 1 to 300 tokens, and a few up to 10000, of which some blocks are tried, or
    up to 1000 for costs; tiles are of 1 to 40 queries; key blocks are of 1, 2, 4, 8, and
    of each multiple of 16 up to 256 that the set's listed blocks allow. `seed` draws
    others of them.

    Precondition: none. Postcondition: nothing is changed. Numerics: none.

    ```mlir
    // refused, if emitVisits ends one block too early
    attn.branch @near sees #my.key_set<64>
    // error: #my.key_set<64> is not its equation (visits): length 2, queries 0 to 1, key
    // blocks of 1: expected block 1 to be visited, since query 1 sees key 1, got visits
    // of [0, 1)
    ```
  }];
  let options = [Option<"seed", "seed", "uint32_t", "20250101",
      "what the cases are drawn by">];
  let statistics = [Statistic<"numKeySets", "key-sets", "key sets tried">];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

#endif // FOVEA_ATTN_PASSES_TD
