//===- WorkTest.cpp - counts of work against naive loops ------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Pairs are counted here by asking `contains` of every query and key, and arrays by
// their shapes, written out.
//
//===----------------------------------------------------------------------===//

#include "fovea/Tuning/Work.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Tuning/Machine.h"
#include "fovea/Tuning/TuningInterfaces.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace fovea;
using llvm::formatv;
using tuning::Work;

namespace {

// The arrays of the functions below.
constexpr int64_t kHeads = 8, kKvHeads = 2, kDk = 48, kDv = 32, kCount = 3;
constexpr int64_t kHalf = 2, kFloat = 4; ///< bytes of an element

class WorkTest : public testing::Test {
protected:
  WorkTest() {
    DialectRegistry registry;
    tuning::registerTuningModels(registry);
    context.appendDialectRegistry(registry);
    context.loadDialect<attn::AttnDialect, tile::TileDialect, func::FuncDialect>();
  }

  /// The work of the last attn operation of a function of `body`.
  Work count(StringRef body, int64_t tokens, int64_t tileRows = 1) {
    std::string text = formatv(R"(!q = tensor<?x8x48xbf16>
!o = tensor<?x8x32xbf16>
!k = tensor<?x2x48xbf16>
!v = tensor<?x2x32xbf16>
!lse = tensor<?x8xf32>
!cu = tensor<?xi32>
!scores = tensor<?x2x?xf32>
!lists = tensor<?x2x3xi32>
!gates = tensor<?x8x2xbf16>
func.func @f(%q: !q, %k: !k, %v: !v, %lse: !lse, %cu: !cu, %i: !lists, %o: !o,
             %gates: !gates, %a: tensor<2x8x48x48xbf16>, %b1: tensor<2x384x64xbf16>,
             %c1: tensor<2x64xbf16>, %b2: tensor<2x64x48xbf16>, %c2: tensor<2x48xbf16>,
             %pos: tensor<2x8x48xbf16>) -> {0}
)",
                               body);
    module = parseSourceString<ModuleOp>(text, &context);
    if (!module) {
      ADD_FAILURE() << text;
      return {};
    }
    auto function = *module->getOps<func::FuncOp>().begin();
    Operation *ret = function.getBody().front().getTerminator();
    FailureOr<Work> work =
        tuning::countWork(ret->getOperand(0).getDefiningOp(), tokens, tileRows);
    EXPECT_TRUE(succeeded(work)) << text;
    return succeeded(work) ? *work : Work{};
  }

  /// Pairs of `set`, one by one. Lists name the nearest blocks.
  double pairsOf(StringRef set, int64_t tokens) {
    auto keys = cast<attn::KeySetInterface>(parseAttribute(set, &context));
    double pairs = 0;
    for (int64_t t = 0; t < tokens; ++t) {
      SmallVector<int32_t> list;
      if (int64_t block = keys.getIndexBlock())
        for (int64_t i = 0; i < kCount; ++i)
          list.push_back(std::max<int64_t>(t / block - i, -1));
      for (int64_t u = 0; u < keys.getNumKeys(tokens); ++u)
        pairs += keys.contains(tokens, t, u, list);
    }
    return pairs;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

} // namespace

TEST_F(WorkTest, attends_count_the_pairs_of_their_key_set) {
  for (StringRef set :
       {"#attn.full", "#attn.causal", "#attn.window<5>", "#attn.window<64>",
        "#attn.compressed<block = 8, stride = 4>", "#attn.selected<block = 16>"})
    for (int64_t tokens : {1, 7, 8, 15, 16, 17, 63, 64, 65, 200}) {
      auto keys = cast<attn::KeySetInterface>(parseAttribute(set, &context));
      bool listed = keys.needsIndices();
      std::string body = formatv(
          R"((!o, !lse) {{
  %r, %l = attn.attend %q sees {0} in %k, %v, %cu {1} : !q, !k, !v, !cu -> !o, !lse
  return %r, %l : !o, !lse
})",
          set, listed ? "indices(%i : !lists)" : "");
      SCOPED_TRACE(formatv("{0}, {1} tokens", set, tokens).str());
      Work work = count(body, tokens, /*tileRows=*/4);
      double pairs = pairsOf(set, tokens);
      EXPECT_EQ(work.flops, 2 * pairs * kHeads * (kDk + kDv));
      EXPECT_EQ(work.exps, pairs * kHeads);
      EXPECT_EQ(work.keyBytes,
                pairs / std::min<int64_t>(4, tokens) * kKvHeads * (kDk + kDv) * kHalf);
      int64_t keyRows = tokens / keys.getKeyStride();
      EXPECT_EQ(work.bytes, tokens * kHeads * (kDk + kDv) * kHalf +
                                keyRows * kKvHeads * (kDk + kDv) * kHalf +
                                tokens * kHeads * kFloat +
                                (listed ? tokens * kKvHeads * kCount * kFloat : 0));
    }
}

TEST_F(WorkTest, gradients_count_the_pairs_of_their_key_set) {
  for (StringRef set : {"#attn.causal", "#attn.compressed<block = 8, stride = 4>"})
    for (int64_t tokens : {3, 16, 200}) {
      auto keys = cast<attn::KeySetInterface>(parseAttribute(set, &context));
      auto body = [&](StringRef op, StringRef results) {
        return formatv(R"({1} {{
  %r:{2} = attn.{0} %q sees {3} in %k, %v, %cu of %o, %lse, %lse : !q, !k, !v, !cu, !o, !lse, !lse -> {4}
  return {5} : {4}
})",
                       op, op == "attend_grad_q" ? "!q" : "(!k, !v)",
                       op == "attend_grad_q" ? 1 : 2, set, results,
                       op == "attend_grad_q" ? "%r" : "%r#0, %r#1")
            .str();
      };
      SCOPED_TRACE(formatv("{0}, {1} tokens", set, tokens).str());
      double pairs = pairsOf(set, tokens), columns = kDk + kDv;
      int64_t keyRows = tokens / keys.getKeyStride();
      // lse and delta are one array here.
      double read = tokens * kHeads * (columns * kHalf + kFloat) +
                    keyRows * kKvHeads * columns * kHalf;
      Work ofQueries = count(body("attend_grad_q", "!q"), tokens, /*tileRows=*/2);
      EXPECT_EQ(ofQueries.flops, 2 * pairs * kHeads * (2 * kDk + kDv));
      EXPECT_EQ(ofQueries.exps, pairs * kHeads);
      EXPECT_EQ(ofQueries.keyBytes, pairs / 2 * kKvHeads * columns * kHalf);
      EXPECT_EQ(ofQueries.bytes, read + tokens * kHeads * kDk * kHalf);
      Work ofKeys = count(body("attend_grad_kv", "!k, !v"), tokens, /*tileRows=*/2);
      EXPECT_EQ(ofKeys.flops, 4 * pairs * kHeads * columns);
      EXPECT_EQ(ofKeys.exps, pairs * kHeads);
      EXPECT_EQ(ofKeys.keyBytes, pairs / 2 * kHeads * columns * kHalf);
      EXPECT_EQ(ofKeys.bytes, read + keyRows * kKvHeads * columns * kHalf);
    }
}

TEST_F(WorkTest, tiles_of_keys_have_the_keys_of_a_schedule) {
  auto schedule = cast<tile::ScheduleAttr>(
      parseAttribute("#tile.schedule<tokens = 4, keys = 32>", &context));
  count(R"((!k, !v) {
  %dk, %dv = attn.attend_grad_kv %q sees #attn.causal in %k, %v, %cu of %o, %lse, %lse
      : !q, !k, !v, !cu, !o, !lse, !lse -> !k, !v
  return %dk, %dv : !k, !v
})",
        10);
  module->walk([&](attn::AttendGradKVOp op) {
    EXPECT_EQ(tuning::getTileRows(op, schedule), 32);
  });
  count(R"(!o {
  %r, %l = attn.attend %q sees #attn.causal in %k, %v, %cu : !q, !k, !v, !cu -> !o, !lse
  return %r : !o
})",
        10);
  module->walk(
      [&](attn::AttendOp op) { EXPECT_EQ(tuning::getTileRows(op, schedule), 4); });
}

TEST_F(WorkTest, an_array_that_nothing_reads_is_not_written) {
  Work work = count(R"(!o {
  %r, %l = attn.attend %q sees #attn.causal in %k, %v, %cu : !q, !k, !v, !cu -> !o, !lse
  return %r : !o
})",
                    10);
  EXPECT_EQ(work.bytes, 10 * (kHeads + kKvHeads) * (kDk + kDv) * kHalf);
}

TEST_F(WorkTest, an_array_that_is_read_twice_counts_once) {
  Work work = count(R"(tensor<?x2x48xbf16> {
  %r, %l = attn.attend %k sees #attn.causal in %k, %k, %cu : !k, !k, !k, !cu -> !k, tensor<?x2xf32>
  return %r : !k
})",
                    10);
  EXPECT_EQ(work.bytes, 2 * 10 * kKvHeads * kDk * kHalf);
}

TEST_F(WorkTest, scores_that_stay_in_a_group_are_not_moved) {
  const char *scores =
      R"(%s = attn.score_blocks %q over #attn.compressed<block = 8, stride = 4>
        into #attn.selected<block = 16> in %k, %lse, %cu : !q, !k, !lse, !cu -> !scores)";
  const char *topk =
      R"(%t = attn.select_topk %s, %cu of #attn.selected<block = 16> top 3 initial 1 local 1
        : !scores, !cu -> !lists)";
  constexpr int64_t tokens = 70, blocks = 5, keyRows = 17;
  double pairs = pairsOf("#attn.compressed<block = 8, stride = 4>", tokens);
  constexpr int64_t in = tokens * kHeads * kDk * kHalf +
                         keyRows * kKvHeads * kDk * kHalf + tokens * kHeads * kFloat;
  constexpr int64_t matrix = tokens * kKvHeads * blocks * kFloat;
  constexpr int64_t out = tokens * kKvHeads * kCount * kFloat;

  Work apart = count(formatv("!scores {{\n {0}\n return %s : !scores }", scores).str(),
                     tokens, /*tileRows=*/2);
  EXPECT_EQ(apart.flops, 2 * pairs * kHeads * kDk);
  EXPECT_EQ(apart.exps, pairs * kHeads);
  EXPECT_EQ(apart.keyBytes, pairs / 2 * kKvHeads * kDk * kHalf);
  EXPECT_EQ(apart.bytes, in + matrix);

  Work selection =
      count(formatv("!lists {{\n {0}\n {1}\n return %t : !lists }", scores, topk).str(),
            tokens);
  EXPECT_EQ(selection.flops, 0);
  EXPECT_EQ(selection.bytes, matrix + out);

  Work fused = count(formatv(R"(!lists {{
  %g = attn.group {{ {0}
    {1}
    attn.yield %t : !lists
  } : !lists
  return %g : !lists })",
                             scores, topk)
                         .str(),
                     tokens);
  EXPECT_EQ(fused.flops, apart.flops);
  EXPECT_EQ(fused.bytes, in + out);
}

TEST_F(WorkTest, an_epilogue_adds_its_own_arrays_only) {
  Work work = count(R"(!o {
  %g = attn.group {
    %r, %l = attn.attend %q sees #attn.causal in %k, %v, %cu : !q, !k, !v, !cu -> !o, !lse
    %c = attn.combine %o, %r gates %gates logits : (!o, !o, !gates) -> !o
    attn.yield %c : !o
  } : !o
  return %g : !o
})",
                    10);
  double pairs = pairsOf("#attn.causal", 10);
  EXPECT_EQ(work.flops, 2 * pairs * kHeads * (kDk + kDv));
  EXPECT_EQ(work.bytes,
            10 * kHalf * (kHeads * (kDk + 2 * kDv + 2) + kKvHeads * (kDk + kDv)));
}

TEST_F(WorkTest, gates_that_add_to_a_sum_read_it_too) {
  Work work = count(R"(!o {
  %c = attn.combine %o gates %gates columns [1] logits onto %o : (!o, !gates, !o) -> !o
  return %c : !o
})",
                    10);
  EXPECT_EQ(work.bytes, 10 * kHalf * kHeads * (2 * kDv + 2)); // one array twice is one
  Work apart = count(R"(!o {
  %p = attn.combine %o gates %gates columns [0] logits : (!o, !gates) -> !o
  %g = attn.group {
    %r, %l = attn.attend %q sees #attn.causal in %k, %v, %cu : !q, !k, !v, !cu -> !o, !lse
    %c = attn.combine %r gates %gates columns [1] logits onto %p : (!o, !gates, !o) -> !o
    attn.yield %c : !o
  } : !o
  return %g : !o
})",
                     10);
  EXPECT_EQ(apart.bytes,
            10 * kHalf * (kHeads * (kDk + 2 * kDv + 2) + kKvHeads * (kDk + kDv)));
}

TEST_F(WorkTest, compression) {
  constexpr int64_t tokens = 30, windows = 6, rows = 7, block = 8, hidden = 64;
  auto body = [](StringRef phi, StringRef operands) {
    return formatv(R"(!k {{
  %c = attn.compress %k by {0} into #attn.compressed<block = 8, stride = 4> over %cu
      {1} : !k, !cu -> !k
  return %c : !k
})",
                   phi, operands)
        .str();
  };
  constexpr int64_t arrays = (tokens + rows) * kKvHeads * kDk * kHalf;
  Work mean =
      count(body("#attn.phi<mean>", "positions(%pos : tensor<2x8x48xbf16>)"), tokens);
  EXPECT_EQ(mean.flops, 0);
  EXPECT_EQ(mean.bytes, arrays + kKvHeads * block * kDk * kHalf);

  Work linear =
      count(body("#attn.phi<linear>", "params(%a : tensor<2x8x48x48xbf16>)"), tokens);
  EXPECT_EQ(linear.flops, 2 * windows * kKvHeads * block * kDk * kDk);
  EXPECT_EQ(linear.bytes, arrays + kKvHeads * block * kDk * kDk * kHalf);

  Work mlp = count(
      body("#attn.phi<mlp, hidden = 64>",
           "params(%b1, %c1, %b2, %c2 : tensor<2x384x64xbf16>, tensor<2x64xbf16>, "
           "tensor<2x64x48xbf16>, tensor<2x48xbf16>)"),
      tokens);
  EXPECT_EQ(mlp.flops, 2 * windows * kKvHeads * (block * kDk + kDk) * hidden);
  EXPECT_EQ(mlp.bytes,
            arrays + kKvHeads * kHalf *
                         (block * kDk * hidden + hidden + hidden * kDk + kDk));
}

TEST_F(WorkTest, the_attribute_says_what_was_counted) {
  Work work{1e12, 2e10, 3e9, 4e8};
  module = ModuleOp::create(UnknownLoc::get(&context));
  EXPECT_FALSE(tuning::getWork(*module));
  (*module)->setAttr(tuning::kWorkAttrName, tuning::toAttribute(work, &context));
  std::optional<Work> read = tuning::getWork(*module);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->flops, work.flops);
  EXPECT_EQ(read->exps, work.exps);
  EXPECT_EQ(read->bytes, work.bytes);
  EXPECT_EQ(read->keyBytes, work.keyBytes);
  EXPECT_EQ(tuning::toAttribute({1e30}, &context).getFlops(),
            std::numeric_limits<int64_t>::max());
}

TEST_F(WorkTest, the_slowest_resource_is_the_bound) {
  const tuning::Machine *machine = tuning::lookupMachine("sm_90a");
  ASSERT_TRUE(machine);
  EXPECT_EQ(machine->name, "H200");
  EXPECT_FALSE(tuning::lookupMachine("sm_75"));
  const struct {
    Work work;
    const char *resource;
  } cases[] = {{{2 * machine->flops, machine->exps, 0, 0}, "tensor"},
               {{machine->flops, 2 * machine->exps, 0, machine->l2Bytes}, "exp"},
               {{0, 0, 2 * machine->memoryBytes, machine->l2Bytes}, "memory"},
               {{machine->flops, 0, 0, 2 * machine->l2Bytes}, "L2"}};
  for (const auto &[work, resource] : cases) {
    tuning::Bound bound = tuning::predictBound(work, *machine);
    EXPECT_EQ(bound.resource, resource);
    EXPECT_DOUBLE_EQ(bound.seconds, 2);
  }
}
