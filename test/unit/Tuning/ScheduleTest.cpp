//===- ScheduleTest.cpp - every chosen schedule fits its operation --------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Tuning/Schedule.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Tuning/TuningInterfaces.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace fovea;

namespace {

class ScheduleTest : public testing::Test {
protected:
  ScheduleTest() {
    DialectRegistry registry;
    tuning::registerTuningModels(registry);
    context.appendDialectRegistry(registry);
    context.loadDialect<attn::AttnDialect, tile::TileDialect, func::FuncDialect>();
  }

  /// The first operation of type OpT in a function of `body`, over `heads` query heads
  /// and one KV head.
  template <typename OpT> OpT parse(int64_t heads, llvm::StringRef body) {
    std::string text = llvm::formatv(
        R"(!q = tensor<?x{0}x16xf32>
!kv = tensor<?x1x16xf32>
!lse = tensor<?x{0}xf32>
!cu = tensor<?xi32>
!scores = tensor<?x1x?xf32>
!lists = tensor<?x1x4xi32>
func.func @f(%q: !q, %k: !kv, %lse: !lse, %cu: !cu, %i: !lists, %g: tensor<?x{0}x1xf32>) {{
{1}
  return
}
)",
        heads, body);
    module = parseSourceString<ModuleOp>(text, &context);
    OpT found;
    if (module)
      module->walk([&](OpT op) { found = found ? found : op; });
    EXPECT_TRUE(found) << text;
    return found;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

/// %o, %l = attn.attend over index lists of `block`.
std::string attendLists(int64_t block, llvm::StringRef attributes = "") {
  return llvm::formatv(
      "  %o, %l = attn.attend %q sees #attn.selected<block = {0}> in "
      "%k, %k, %cu indices(%i : !lists) {1} : !q, !kv, !kv, !cu -> !q, "
      "!lse",
      block, attributes);
}

FailureOr<tile::ScheduleAttr> chooseSchedule(Operation *op) {
  if (failed(tuning::completeSchedules(op->getParentOfType<func::FuncOp>())))
    return failure();
  return tuning::getSchedule(op);
}

std::string attendCausal() {
  return "  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : !q, !kv, !kv, "
         "!cu -> !q, !lse";
}

std::string scoreBlocks(int64_t block, int64_t stride, int64_t into) {
  return llvm::formatv(
      "  %s = attn.score_blocks %q over #attn.compressed<block = {0}, "
      "stride = {1}> into #attn.selected<block = {2}> in %k, %lse, %cu "
      ": !q, !kv, !lse, !cu -> !scores",
      block, stride, into);
}

} // namespace

TEST_F(ScheduleTest, rows_fill_whole_vectors) {
  for (int64_t heads : {1, 2, 3, 4, 5, 8, 12, 16, 24, 32, 48, 64, 128})
    for (const std::string &body : {attendCausal(), attendLists(64)}) {
      auto schedule = chooseSchedule(parse<attn::AttendOp>(heads, body));
      ASSERT_TRUE(succeeded(schedule));
      EXPECT_EQ(schedule->getTokens() * heads % 16, 0) << heads;
    }
}

TEST_F(ScheduleTest, keys_divide_the_selection_block) {
  for (int64_t block : {1, 3, 16, 32, 64, 96, 100, 128, 509, 1024}) {
    auto schedule = chooseSchedule(parse<attn::AttendOp>(16, attendLists(block)));
    ASSERT_TRUE(succeeded(schedule));
    EXPECT_EQ(block % schedule->getKeys(), 0) << block;
    EXPECT_EQ(schedule->getTokens(), 1) << "16 heads fill a vector by themselves";
  }
}

TEST_F(ScheduleTest, a_score_step_holds_whole_blocks_and_the_halo) {
  for (int64_t stride : {1, 8, 16, 32})
    for (int64_t windows : {1, 2, 4, 9})
      for (int64_t blocks : {1, 2, 4, 12}) {
        int64_t block = stride * windows, into = stride * blocks;
        auto schedule = chooseSchedule(
            parse<attn::ScoreBlocksOp>(4, scoreBlocks(block, stride, into)));
        ASSERT_TRUE(succeeded(schedule));
        EXPECT_EQ(schedule->getKeys() % blocks, 0);
        EXPECT_GE(schedule->getKeys() / blocks,
                  tile::BandSumOp::getHalo(block, stride, into));
      }
}

TEST_F(ScheduleTest, a_product_of_compression_takes_a_part_that_fits) {
  EXPECT_EQ(tuning::getCompressDepth(128, 128, 192), 128);
  EXPECT_EQ(tuning::getCompressDepth(256, 256, 192), 128);
  for (int64_t columns : {1, 16, 64, 192, 256, 1000, 1009, 4096})
    for (int64_t results : {1, 64, 256, 1024, 4096}) {
      int64_t depth = tuning::getCompressDepth(columns, results, 192);
      EXPECT_EQ(columns % depth, 0) << columns << " x " << results;
      EXPECT_LE(depth * results, 1 << 17) << columns << " x " << results;
      EXPECT_LE(depth, 192) << columns << " x " << results;
    }
}

TEST_F(ScheduleTest, a_step_of_many_scores_takes_fewer_tokens) {
  for (int64_t into : {64, 16384, 131072}) {
    auto schedule =
        chooseSchedule(parse<attn::ScoreBlocksOp>(4, scoreBlocks(32, 16, into)));
    ASSERT_TRUE(succeeded(schedule));
    EXPECT_LE(schedule->getTokens() * 4 * schedule->getKeys(), 1 << 16) << into;
  }
}

TEST_F(ScheduleTest, an_operation_keeps_its_own_schedule) {
  auto attend = parse<attn::AttendOp>(
      4, attendLists(64, "{tile.schedule = #tile.schedule<tokens = 3, keys = 32>}"));
  auto schedule = chooseSchedule(attend);
  ASSERT_TRUE(succeeded(schedule));
  EXPECT_EQ(schedule->getTokens(), 3);
  EXPECT_EQ(schedule->getKeys(), 32);
}

TEST_F(ScheduleTest, a_group_shares_its_tokens) {
  std::string body =
      "  %r = attn.group {\n" + attendLists(64) +
      "\n    %o2, %l2 = attn.attend %q sees #attn.causal in %k, %k, %cu "
      ": !q, !kv, !kv, !cu -> !q, !lse\n    attn.yield %o, %o2 : !q, !q\n "
      " } : !q, !q";
  size_t at = body.find("%r =");
  body.replace(at, 4, "%r:2 =");
  auto group = parse<attn::GroupOp>(4, body);
  int64_t tokens = 0;
  group.walk([&](attn::AttendOp attend) {
    auto schedule = chooseSchedule(attend);
    ASSERT_TRUE(succeeded(schedule));
    tokens = tokens ? tokens : schedule->getTokens();
    EXPECT_EQ(schedule->getTokens(), tokens);
  });
  EXPECT_EQ(tokens, 4) << "index lists set it: 4 tokens of 4 heads fill a vector";
}
