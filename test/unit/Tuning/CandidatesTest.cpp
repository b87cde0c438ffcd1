//===- CandidatesTest.cpp - lists of schedules, and what is left of them --===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Tuning/Candidates.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Tile/IR/Tile.h"
#include "fovea/Hardware/GpuTargetInfo.h"
#include "fovea/Tuning/ScheduleTable.h"
#include "fovea/Tuning/TuningInterfaces.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace fovea;
using tile::CandidatesAttr;

namespace {

/// A group and an attend outside of it.
constexpr llvm::StringLiteral kText = R"(
!q = tensor<?x4x64xbf16>
!kv = tensor<?x1x64xbf16>
!cu = tensor<?xi32>
!lse = tensor<?x4xf32>
func.func @f(%q: !q, %k: !kv, %cu: !cu, %g: tensor<?x4x1xf32>) -> (!q, !q) {
  %x = attn.group {
    %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
    %c = attn.combine %o gates %g values : (!q, tensor<?x4x1xf32>) -> !q
    attn.yield %c : !q
  } : !q
  %y, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  return %x, %y : !q, !q
}
)";

class CandidatesTest : public testing::Test {
protected:
  CandidatesTest() {
    DialectRegistry registry;
    tuning::registerTuningModels(registry);
    context.appendDialectRegistry(registry);
    context.loadDialect<attn::AttnDialect, tile::TileDialect, func::FuncDialect>();
    target = llvm::cantFail(lookupGpuTarget("sm_90a"));
    module = parseSourceString<ModuleOp>(kText, &context);
  }

  void SetUp() override {
    ASSERT_TRUE(module);
    ASSERT_TRUE(succeeded(tuning::listCandidates(getFunction(), *target, tables)));
  }

  func::FuncOp getFunction() { return *module->getOps<func::FuncOp>().begin(); }

  /// The candidates in the order of the operations.
  SmallVector<CandidatesAttr> getLists() {
    SmallVector<CandidatesAttr> lists;
    getFunction().walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (auto list = op->getAttrOfType<CandidatesAttr>(tile::kCandidatesAttrName))
        lists.push_back(list);
    });
    return lists;
  }

  bool drop(llvm::StringRef key) {
    FailureOr<bool> dropped = tuning::dropCandidate(*module, key, *target, tables);
    EXPECT_TRUE(succeeded(dropped)) << key.str();
    return succeeded(dropped) && *dropped;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  const GpuTargetInfo *target;
  tuning::ScheduleTables tables; ///< none
};

} // namespace

TEST_F(CandidatesTest, a_dropped_schedule_leaves_those_behind_it) {
  CandidatesAttr all = getLists().back();
  ASSERT_EQ(all.getKey(), "f.1");
  ASSERT_GE(all.getSchedules().size(), 2u);
  for (size_t i = 1; i < all.getSchedules().size(); ++i) {
    EXPECT_TRUE(drop("f.1"));
    EXPECT_EQ(getLists().back().getSchedules(), all.getSchedules().drop_front(i));
    EXPECT_EQ(getLists().back().getShape(), all.getShape());
  }
  EXPECT_FALSE(drop("f.1")) << "an operation keeps its last";
  EXPECT_EQ(getLists().back().getSchedules(), all.getSchedules().take_back());
}

TEST_F(CandidatesTest, behind_its_last_schedule_a_group_goes_apart) {
  CandidatesAttr after = getLists().back();
  ASSERT_EQ(getLists().front().getKey(), "f.0");
  ASSERT_EQ(getLists().size(), 2u);
  size_t count = getLists().front().getSchedules().size();
  for (size_t i = 0; i < count; ++i) {
    EXPECT_EQ(llvm::range_size(getFunction().getOps<attn::GroupOp>()), 1) << i;
    EXPECT_TRUE(drop("f.0"));
  }
  EXPECT_TRUE(getFunction().getOps<attn::GroupOp>().empty());
  SmallVector<CandidatesAttr> lists = getLists();
  ASSERT_EQ(lists.size(), 3u);
  EXPECT_EQ(lists[0].getKey(), "f.0.0");
  EXPECT_EQ(lists[1].getKey(), "f.0.1");
  EXPECT_EQ(lists[2], after) << "what follows keeps its key and its list";
  EXPECT_FALSE(drop("f.0")) << "there is no such operation any more";
  EXPECT_TRUE(drop("f.0.0"));
  EXPECT_TRUE(succeeded(verify(*module)));
}

TEST_F(CandidatesTest, whoever_is_not_there_has_none) { EXPECT_FALSE(drop("g.0")); }

TEST_F(CandidatesTest, the_first_is_taken) {
  SmallVector<CandidatesAttr> before = getLists();
  EXPECT_TRUE(drop("f.1"));
  tuning::takeCandidates(getFunction());
  EXPECT_TRUE(getLists().empty());
  SmallVector<Operation *> taken;
  getFunction().walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (op->hasAttr(tile::kCandidateAttrName))
      taken.push_back(op);
  });
  ASSERT_EQ(taken.size(), 2u);
  for (auto [i, op] : llvm::enumerate(taken)) {
    EXPECT_EQ(op->getAttr(tile::kScheduleAttrName), before[i].getSchedules()[i]);
    auto candidate = op->getAttrOfType<tile::CandidateAttr>(tile::kCandidateAttrName);
    EXPECT_EQ(candidate.getKey(), before[i].getKey());
    EXPECT_EQ(candidate.getShape(), before[i].getShape());
  }
}
