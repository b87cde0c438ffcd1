//===- GpuScheduleTest.cpp - every candidate fits its kernel and target ---===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Tuning/GpuSchedule.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Tile/IR/SharedSlots.h"
#include "fovea/Hardware/GpuTargetInfo.h"
#include "fovea/Tuning/ScheduleSpace.h"
#include "fovea/Tuning/TuningInterfaces.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <gtest/gtest.h>

#include <regex>

using namespace mlir;
using namespace fovea;

namespace {

constexpr int64_t kGroupRows = 64; ///< rows of a warpgroup

class GpuScheduleTest : public testing::Test {
protected:
  GpuScheduleTest() {
    DialectRegistry registry;
    tuning::registerTuningModels(registry);
    context.appendDialectRegistry(registry);
    context.loadDialect<attn::AttnDialect, tile::TileDialect, func::FuncDialect>();
    context.allowUnregisteredDialects();
    target = llvm::cantFail(lookupGpuTarget("sm_90a"));
  }

  /// Candidates of the operation of type OpT in a function of `body`, over one KV head.
  template <typename OpT>
  SmallVector<tile::ScheduleAttr> candidates(int64_t heads, int64_t dim, int64_t values,
                                             llvm::StringRef body) {
    std::string text = llvm::formatv(
        R"(!q = tensor<?x{0}x{1}xbf16>
!o = tensor<?x{0}x{2}xbf16>
!k = tensor<?x1x{1}xbf16>
!v = tensor<?x1x{2}xbf16>
!lse = tensor<?x{0}xf32>
!cu = tensor<?xi32>
!scores = tensor<?x1x?xf32>
!lists = tensor<?x1x16xi32>
func.func @f(%q: !q, %k: !k, %v: !v, %lse: !lse, %cu: !cu, %i: !lists,
             %g: tensor<?x{0}x1xf32>) {{
{3}
  return
}
)",
        heads, dim, values, body);
    module = parseSourceString<ModuleOp>(text, &context);
    OpT found;
    if (module)
      module->walk([&](OpT op) { found = op; });
    EXPECT_TRUE(found) << text;
    if (!found)
      return {};
    // Shapes that do not fit end in a diagnostic, which is not of interest here.
    ScopedDiagnosticHandler quiet(&context, [](Diagnostic &) { return success(); });
    return tuning::getGpuCandidates(found, *target);
  }

  /// The whole space of the same operation.
  template <typename OpT>
  SmallVector<tile::ScheduleAttr> space(int64_t heads, int64_t dim, int64_t values,
                                        llvm::StringRef body) {
    auto all = candidates<OpT>(heads, dim, values, body);
    OpT found;
    module->walk([&](OpT op) { found = op; });
    return all.empty() ? all : tuning::getScheduleSpace(found, *target);
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  const GpuTargetInfo *target;
};

const char *const kCausal =
    "  %o, %l = attn.attend %q sees #attn.causal in %k, %v, %cu "
    ": !q, !k, !v, !cu -> !o, !lse";

std::string attendLists(int64_t block) {
  return llvm::formatv("  %o, %l = attn.attend %q sees #attn.selected<block = {0}> in "
                       "%k, %v, %cu indices(%i : !lists) : !q, !k, !v, !cu -> !o, !lse",
                       block);
}

std::string scoreBlocks(int64_t block, int64_t stride, int64_t into) {
  return llvm::formatv(
      "  %s = attn.score_blocks %q over #attn.compressed<block = {0}, "
      "stride = {1}> into #attn.selected<block = {2}> in %k, %lse, %cu "
      ": !q, !k, !lse, !cu -> !scores",
      block, stride, into);
}

/// Rows of a query tile, whose tokens may take more than they have heads.
int64_t rowsOf(tile::ScheduleAttr schedule, int64_t heads) {
  int64_t perToken = schedule.getGroupRows() ? schedule.getGroupRows() : heads;
  EXPECT_GE(perToken, heads);
  return schedule.getTokens() * perToken;
}

/// Bytes of the tiles in flight, each in a slot of whole kilobytes: queries, and a key
/// and a value tile per stage.
int64_t ringBytes(tile::ScheduleAttr schedule, int64_t heads, int64_t dim,
                  int64_t values) {
  auto slotOf = [](int64_t rows, int64_t columns) {
    return tile::getSlotBytes(rows * columns * 2);
  };
  return schedule.getGpu().getOuterStages() * slotOf(rowsOf(schedule, heads), dim) +
         schedule.getGpu().getStages() *
             (slotOf(schedule.getKeys(), dim) + slotOf(schedule.getKeys(), values));
}

/// The body of a group: a window, gated with `loaded` branches of another kernel.
std::string gatedWindow(int64_t heads, int64_t dim, int64_t loaded) {
  std::string gates = llvm::formatv("tensor<?x{0}x{1}xbf16>", heads, loaded + 1);
  std::string branches, types;
  for (int64_t i = 0; i < loaded; ++i) {
    branches += "%b, ";
    types += "!o, ";
  }
  return llvm::formatv(
      R"(  %gates = "test.gates"() : () -> {0}
  %b, %bl = attn.attend %q sees #attn.causal in %k, %v, %cu : !q, !k, !v, !cu -> !o, !lse
  %r = attn.group {{
    %w, %l = attn.attend %q sees #attn.window<512> in %k, %v, %cu : !q, !k, !v, !cu -> !o, !lse
    %c = attn.combine {1}%w gates %gates logits : ({2}!o, {0}) -> !o
    attn.yield %c : !o
  } : !o)",
      gates, branches, types);
}

} // namespace

TEST_F(GpuScheduleTest, products_fit_what_a_thread_has_at_launch) {
  auto mostRows = [&](int64_t dim, const std::string &body) {
    int64_t most = 0;
    for (tile::ScheduleAttr schedule : candidates<attn::AttendOp>(16, dim, dim, body))
      most = std::max(most, rowsOf(schedule, 16));
    return most;
  };
  for (const std::string &body : {std::string(kCausal), attendLists(64)}) {
    EXPECT_EQ(mostRows(192, body), 3 * kGroupRows);
    for (int64_t dim : {208, 224, 240, 256})
      EXPECT_EQ(mostRows(dim, body), 2 * kGroupRows) << dim;
  }
}

TEST_F(GpuScheduleTest, wide_accumulators_of_two_warpgroups_have_narrow_key_blocks) {
  for (int64_t dim : {208, 224, 240, 256})
    for (tile::ScheduleAttr schedule :
         candidates<attn::AttendOp>(16, dim, dim, kCausal))
      if (dim > 208 && rowsOf(schedule, 16) > kGroupRows) {
        EXPECT_LE(schedule.getKeys(), 64) << dim;
      }
}

TEST_F(GpuScheduleTest, a_combine_is_a_warpgroup_of_whole_parts_of_its_heads) {
  for (int64_t heads : {1, 2, 4, 12, 16, 18, 22, 26, 33, 64, 126, 128, 512, 1000})
    for (int64_t dim : {64, 224, 256}) {
      auto all = candidates<attn::CombineOp>(
          heads, dim, dim,
          llvm::formatv("  %c = attn.combine %q gates %g values : (!q, "
                        "tensor<?x{0}x1xf32>) -> !o",
                        heads)
              .str());
      EXPECT_FALSE(all.empty()) << heads;
      for (tile::ScheduleAttr schedule : all) {
        int64_t perToken = schedule.getGroupRows() ? schedule.getGroupRows() : heads;
        EXPECT_EQ(heads % perToken, 0) << heads;
        EXPECT_EQ(schedule.getTokens() * perToken, kGroupRows) << heads;
      }
    }
}

TEST_F(GpuScheduleTest, rows_fill_warpgroups_and_rings_fit) {
  for (int64_t heads : {1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 16, 24, 32, 33, 63, 64})
    for (int64_t dim : {32, 64, 96, 112, 128, 176, 192})
      for (int64_t values : {32, 64, 112, 128}) {
        auto all = candidates<attn::AttendOp>(heads, dim, values, kCausal);
        EXPECT_FALSE(all.empty()) << heads << ", " << dim << ", " << values;
        for (tile::ScheduleAttr schedule : all) {
          EXPECT_EQ(rowsOf(schedule, heads) % kGroupRows, 0) << heads;
          EXPECT_EQ(schedule.getKeys() % 16, 0);
          EXPECT_GE(schedule.getGpu().getStages(), 2);
          EXPECT_LE(ringBytes(schedule, heads, dim, values),
                    target->sharedBytesPerBlock);
        }
      }
}

TEST_F(GpuScheduleTest, an_epilogue_of_loaded_branches_leaves_room_for_its_rows) {
  // What ptxas 13.0 took first of all that was listed before, with two branches of 128
  // columns or one of 160: tokens and keys by heads.
  auto first = [&](int64_t heads, int64_t dim, int64_t loaded) {
    auto all =
        candidates<attn::GroupOp>(heads, dim, dim, gatedWindow(heads, dim, loaded));
    EXPECT_FALSE(all.empty()) << heads << " heads of " << dim;
    return all.empty() ? std::pair<int64_t, int64_t>()
                       : std::pair(all.front().getTokens(), all.front().getKeys());
  };
  using TokensAndKeys = std::pair<int64_t, int64_t>;
  EXPECT_EQ(first(1, 128, 2), TokensAndKeys(192, 80));
  EXPECT_EQ(first(8, 128, 2), TokensAndKeys(24, 80));
  EXPECT_EQ(first(12, 128, 2), TokensAndKeys(16, 64));
  EXPECT_EQ(first(16, 128, 2), TokensAndKeys(12, 64));
  EXPECT_EQ(first(20, 128, 2), TokensAndKeys(4, 128));
  EXPECT_EQ(first(40, 128, 2), TokensAndKeys(2, 128));
  EXPECT_EQ(first(8, 160, 1), TokensAndKeys(24, 48));
  EXPECT_EQ(first(12, 160, 1), TokensAndKeys(16, 32));
  EXPECT_EQ(first(16, 160, 1), TokensAndKeys(12, 48));
  // Beside wide accumulators ptxas keeps less of the rest in flight.
  EXPECT_EQ(first(16, 256, 1), TokensAndKeys(8, 64));
  // Where the epilogue is not full, nothing is left out.
  EXPECT_EQ(first(16, 96, 2), TokensAndKeys(12, 96));
}

TEST_F(GpuScheduleTest, listed_blocks_are_whole_and_tokens_are_bits) {
  for (int64_t heads : {1, 2, 4, 8, 16, 32, 64})
    for (int64_t block : {16, 32, 48, 64, 96, 128, 160})
      for (tile::ScheduleAttr schedule :
           candidates<attn::AttendOp>(heads, 128, 128, attendLists(block))) {
        EXPECT_EQ(block % schedule.getKeys(), 0) << block;
        EXPECT_LE(schedule.getTokens(), 64) << heads;
        EXPECT_EQ(rowsOf(schedule, heads) % kGroupRows, 0) << heads;
      }
}

TEST_F(GpuScheduleTest, lists_are_taken_by_teams_first) {
  for (int64_t heads : {1, 2, 4, 8, 16, 32, 64})
    for (int64_t dim : {64, 80, 96, 112, 128}) {
      tile::ScheduleAttr first =
          candidates<attn::AttendOp>(heads, dim, dim, attendLists(64)).front();
      EXPECT_EQ(first.getGpu().getTeams(), 3) << heads << " heads of " << dim;
      EXPECT_TRUE(first.getGpu().getOneRing());
      EXPECT_GE(first.getGpu().getStages(), 3);
      // The lists of 64 tokens are too many for a lane beside three teams.
      EXPECT_EQ(first.getGroupRows(), heads == 1 ? 2 : 0) << heads;
    }
  // Keys and values of two shapes have no ring in common, and three of each no room.
  tile::ScheduleAttr first =
      candidates<attn::AttendOp>(16, 192, 128, attendLists(64)).front();
  EXPECT_EQ(first.getGpu().getTeams(), 1);
}

TEST_F(GpuScheduleTest, only_lists_are_multiplied_by_warp) {
  for (int64_t heads : {1, 2, 4, 8, 16, 32, 64}) {
    auto lists = candidates<attn::AttendOp>(heads, 64, 64, attendLists(64));
    int64_t byWarp = llvm::count_if(lists, [](tile::ScheduleAttr schedule) {
      return schedule.getGpu().getProducts() == tile::Products::Warp &&
             schedule.getGroupRows() == 0;
    });
    EXPECT_EQ(byWarp, 1) << heads;
    for (tile::ScheduleAttr schedule :
         candidates<attn::AttendOp>(heads, 64, 64, kCausal))
      EXPECT_EQ(schedule.getGpu().getProducts(), tile::Products::Warpgroup) << heads;
  }
}

TEST_F(GpuScheduleTest, a_score_step_holds_whole_blocks_and_the_halo) {
  for (int64_t stride : {8, 16, 32})
    for (int64_t windows : {1, 2, 4})
      for (int64_t blocks : {1, 2, 4}) {
        int64_t block = stride * windows, into = stride * blocks;
        auto all = candidates<attn::ScoreBlocksOp>(16, 128, 128,
                                                   scoreBlocks(block, stride, into));
        EXPECT_FALSE(all.empty()) << block << ", " << stride << ", " << into;
        for (tile::ScheduleAttr schedule : all) {
          EXPECT_EQ(schedule.getKeys() % 32, 0) << "a lane each";
          EXPECT_EQ(schedule.getKeys() % blocks, 0);
          EXPECT_GE(schedule.getKeys() / blocks,
                    tile::BandSumOp::getHalo(block, stride, into));
        }
      }
}

TEST_F(GpuScheduleTest, what_does_not_fit_has_no_candidate) {
  EXPECT_TRUE(candidates<attn::AttendOp>(193, 64, 64, kCausal).empty());
  EXPECT_TRUE(candidates<attn::AttendOp>(4, 64, 1024, kCausal).empty());
  EXPECT_TRUE(candidates<attn::AttendOp>(4, 64, 64, attendLists(8)).empty());
}

TEST_F(GpuScheduleTest, a_number_of_heads_that_makes_whole_tiles_is_not_padded) {
  for (int64_t heads : {1, 2, 4, 8, 16, 32, 64})
    for (tile::ScheduleAttr schedule :
         candidates<attn::AttendOp>(heads, 64, 64, kCausal))
      EXPECT_EQ(schedule.getGroupRows(), 0) << heads;
  auto twelve = candidates<attn::AttendOp>(12, 64, 64, kCausal);
  ASSERT_FALSE(twelve.empty());
  EXPECT_EQ(twelve[0].getGroupRows(), 0) << "192 rows are 16 tokens";
}

TEST_F(GpuScheduleTest, sums_over_heads_are_of_a_power_of_two) {
  for (int64_t heads = 1; heads <= kGroupRows; ++heads) {
    auto all =
        candidates<attn::ScoreBlocksOp>(heads, 128, 128, scoreBlocks(32, 16, 64));
    for (tile::ScheduleAttr schedule : all) {
      int64_t perToken = schedule.getGroupRows() ? schedule.getGroupRows() : heads;
      EXPECT_EQ(perToken & (perToken - 1), 0) << heads;
    }
    ASSERT_FALSE(all.empty());
    EXPECT_LT(all[0].getGroupRows(), 2 * heads) << heads;
  }
  for (int64_t heads = kGroupRows + 1; heads <= 192; ++heads)
    for (tile::ScheduleAttr schedule :
         candidates<attn::ScoreBlocksOp>(heads, 128, 128, scoreBlocks(32, 16, 64)))
      EXPECT_EQ(schedule.getGroupRows(), kGroupRows) << heads << " heads, in parts";
}

TEST_F(GpuScheduleTest, candidates_differ) {
  auto areDifferent = [](ArrayRef<tile::ScheduleAttr> all) {
    for (size_t i = 0; i < all.size(); ++i)
      if (llvm::is_contained(all.take_front(i), all[i]))
        return false;
    return true;
  };
  for (int64_t heads : {1, 2, 3, 4, 5, 7, 8, 12, 16, 24, 40, 64, 128})
    for (int64_t dim : {32, 64, 128, 192, 256}) {
      EXPECT_TRUE(areDifferent(candidates<attn::AttendOp>(heads, dim, dim, kCausal)));
      for (int64_t block : {16, 64, 128})
        EXPECT_TRUE(areDifferent(
            candidates<attn::AttendOp>(heads, dim, dim, attendLists(block))));
      EXPECT_TRUE(areDifferent(
          candidates<attn::ScoreBlocksOp>(heads, dim, dim, scoreBlocks(32, 16, 64))));
    }
}

TEST_F(GpuScheduleTest, a_space_has_all_candidates_and_begins_with_the_first) {
  auto check = [](ArrayRef<tile::ScheduleAttr> all,
                  ArrayRef<tile::ScheduleAttr> space) {
    for (tile::ScheduleAttr candidate : all)
      EXPECT_TRUE(llvm::is_contained(space, candidate));
    if (!all.empty() && !space.empty()) {
      EXPECT_EQ(space.front(), all.front());
    }
    llvm::SmallDenseSet<Attribute> distinct(space.begin(), space.end());
    EXPECT_EQ(distinct.size(), space.size());
  };
  for (const char *name : {"sm_90a", "sm_80"}) {
    target = llvm::cantFail(lookupGpuTarget(name));
    for (int64_t heads : {1, 5, 16, 128})
      for (int64_t dim : {32, 128, 256}) {
        for (const std::string &body : {std::string(kCausal), attendLists(64)})
          check(candidates<attn::AttendOp>(heads, dim, dim, body),
                space<attn::AttendOp>(heads, dim, dim, body));
        std::string scores = scoreBlocks(32, 16, 64);
        check(candidates<attn::ScoreBlocksOp>(heads, dim, dim, scores),
              space<attn::ScoreBlocksOp>(heads, dim, dim, scores));
      }
  }
}

TEST_F(GpuScheduleTest, a_space_is_larger_than_its_candidates_and_fits) {
  for (const std::string &body : {std::string(kCausal), attendLists(64)}) {
    auto all = space<attn::AttendOp>(16, 128, 128, body);
    EXPECT_GT(all.size(), 40u);
    for (tile::ScheduleAttr schedule : all) {
      EXPECT_EQ(rowsOf(schedule, 16) % kGroupRows, 0);
      EXPECT_LE(ringBytes(schedule, 16, 128, 128) * schedule.getGpu().getResidency(),
                target->sharedBytesPerSM);
    }
  }
}

TEST_F(GpuScheduleTest, a_space_goes_step_by_step) {
  auto all = candidates<attn::AttendOp>(16, 128, 128, kCausal);
  auto whole = space<attn::AttendOp>(16, 128, 128, kCausal);
  ArrayRef<tile::ScheduleAttr> near = ArrayRef(whole).take_front(16);
  auto with = [&](tile::ScheduleAttr from, int64_t stages, int64_t outer) {
    tuning::GpuPlan plan = tuning::planOf(from);
    plan.stages = stages;
    plan.outerStages = outer;
    return tuning::makeSchedule(&context, from.getTokens(), from.getKeys(), plan);
  };
  // One tile of keys more for the second query tile: two steps from the first choice.
  ASSERT_EQ(all[0].getGpu().getOuterStages(), 2);
  EXPECT_TRUE(
      llvm::is_contained(near, with(all[0], all[0].getGpu().getStages() + 1, 1)));
  EXPECT_TRUE(llvm::is_contained(near, all[1]));
  EXPECT_FALSE(llvm::is_contained(near, all.back()));
  attn::AttendOp op;
  module->walk([&](attn::AttendOp found) { op = found; });
  EXPECT_TRUE(tuning::isInScheduleSpace(op, whole.back(), *target));
  EXPECT_FALSE(tuning::isInScheduleSpace(op, with(all[0], 9, 2), *target));
  // A tile of keys less for nothing is behind, and so are rows that nobody needs.
  auto place = [&](tile::ScheduleAttr each) { return llvm::find(whole, each); };
  const auto *plain = llvm::find_if(
      all, [](tile::ScheduleAttr each) { return !each.getGpu().getOverlap(); });
  ASSERT_NE(plain, all.end());
  int64_t fewer = plain->getGpu().getStages() - 1;
  EXPECT_LT(place(with(*plain, fewer, 2)), place(with(*plain, fewer, 1)));
  for (tile::ScheduleAttr schedule : near)
    EXPECT_EQ(schedule.getGroupRows(), 0);
}

TEST_F(GpuScheduleTest, the_model_ranks_what_the_space_has) {
  for (int64_t heads : {1, 5, 16, 64})
    for (const std::string &body : {std::string(kCausal), attendLists(32)}) {
      auto all = candidates<attn::AttendOp>(heads, 64, 64, body);
      ASSERT_FALSE(all.empty());
      attn::AttendOp op;
      module->walk([&](attn::AttendOp found) { op = found; });
      auto whole = tuning::getScheduleSpace(op, *target);
      for (tile::ScheduleAttr candidate : all)
        EXPECT_TRUE(llvm::is_contained(whole, candidate));
      constexpr size_t kEvery = 61;
      for (size_t i = 0; i < whole.size(); i += kEvery)
        EXPECT_TRUE(tuning::isInScheduleSpace(op, whole[i], *target));
    }
}

TEST_F(GpuScheduleTest, queues_of_a_topk_take_shared_memory) {
  // What a top-k adds to the scores' shared memory, tiles alike.
  auto queueBytes = [&](const std::string &scores, int64_t keys) {
    auto bytesOf = [&](const std::string &body) -> int64_t {
      auto all = candidates<attn::GroupOp>(16, 128, 128, body);
      attn::GroupOp group;
      module->walk([&](attn::GroupOp found) { group = found; });
      tile::ScheduleAttr schedule = tuning::makeSchedule(&context, 12, keys);
      return all.empty() ? -1 : tuning::getTerms(group, schedule, *target)->sharedBytes;
    };
    std::string alone = "  %r = attn.group {\n" + scores +
                        "\n    attn.yield %s : !scores\n  } : !scores";
    std::string ranked =
        "  %r = attn.group {\n" + scores +
        "\n    %t = attn.select_topk %s, %cu of #attn.selected<block = 64> top 16 "
        "initial 1 local 2 : !scores, !cu -> !lists\n    attn.yield %t : !lists\n"
        "  } : !lists";
    return bytesOf(ranked) - bytesOf(alone);
  };
  // 32 blocks of a step, a row for each of 12 tokens: a queue of 256 B and a buffer of
  // 512 scores each.
  EXPECT_EQ(queueBytes(scoreBlocks(32, 16, 64), 128), 12 * (256 + 512 * 4));
  // Four blocks of a step are inserted one by one.
  EXPECT_EQ(queueBytes(scoreBlocks(32, 16, 512), 128), 0);
}

TEST_F(GpuScheduleTest, a_preference_names_the_field_that_decides) {
  auto all = candidates<attn::AttendOp>(16, 128, 128, kCausal);
  attn::AttendOp op;
  module->walk([&](attn::AttendOp found) { op = found; });
  auto reason = [&](tile::ScheduleAttr a, tile::ScheduleAttr b) {
    return tuning::describePreference(op, a, b, *target);
  };
  EXPECT_EQ(reason(all[0], all[1]), "overlap in turns before overlap");
  llvm::erase_if(all,
                 [](tile::ScheduleAttr each) { return each.getGpu().getOverlap(); });
  EXPECT_EQ(reason(all[0], all[1]), llvm::formatv("key blocks of {0} before {1}",
                                                  all[0].getKeys(), all[1].getKeys())
                                        .str());
  EXPECT_EQ(rowsOf(all[0], 16), 3 * kGroupRows);
  auto fewer = llvm::find_if(
      all, [](tile::ScheduleAttr each) { return rowsOf(each, 16) == 2 * kGroupRows; });
  ASSERT_NE(fewer, all.end());
  EXPECT_EQ(reason(all[0], *fewer), "3 warpgroups before 2");
  auto terms = tuning::getTerms(op, all[0], *target);
  ASSERT_TRUE(terms);
  EXPECT_EQ(terms->warpgroups, 3);
  EXPECT_LE(terms->registers, terms->registerLimit);
  EXPECT_LE(terms->sharedBytes, terms->sharedLimit);
}

/// What the first schedule of an attend of 16 heads of 128 says of overlap.
TEST_F(GpuScheduleTest, overlap_goes_by_how_many_keys_a_query_sees) {
  auto first = [&](const std::string &body) {
    return candidates<attn::AttendOp>(16, 128, 128, body).front();
  };
  tile::ScheduleAttr causal = first(kCausal), lists = first(attendLists(64));
  EXPECT_TRUE(causal.getGpu().getOverlap());
  EXPECT_TRUE(causal.getGpu().getTurns());
  EXPECT_EQ(rowsOf(causal, 16), 2 * kGroupRows);
  tile::ScheduleAttr window =
      first(std::regex_replace(kCausal, std::regex("causal"), "window<512>"));
  EXPECT_TRUE(window.getGpu().getOverlap());
  EXPECT_FALSE(window.getGpu().getTurns());
  EXPECT_EQ(rowsOf(window, 16), 3 * kGroupRows);
  EXPECT_FALSE(lists.getGpu().getOverlap());
  // Two more special functions per score than a softmax has are what binds.
  tile::ScheduleAttr capped =
      first("  %o, %l = attn.attend %q sees #attn.causal in %k, "
            "%v, %cu scores(%s, %t, %u, %h) {\n"
            "    %x = math.tanh %s : f32\n"
            "    attn.score %x\n"
            "  } : !q, !k, !v, !cu -> !o, !lse");
  EXPECT_FALSE(capped.getGpu().getOverlap());
  // 12 heads make whole tiles of 192 rows, and none of 128.
  tile::ScheduleAttr twelve = candidates<attn::AttendOp>(12, 128, 128, kCausal).front();
  EXPECT_TRUE(twelve.getGpu().getOverlap());
  EXPECT_EQ(twelve.getGroupRows(), 0);
}

/// Beside an epilogue that loads a sum, overlap is worth it where a program visits more
/// than a window.
TEST_F(GpuScheduleTest, a_sum_that_is_added_to_decides_about_overlap) {
  auto gates = [](llvm::StringRef sum) {
    return llvm::formatv(" gates %g columns [0] values {0} : (!o, "
                         "tensor<?x16x1xf32>{1}) -> !o\n",
                         sum.empty() ? "" : ("onto " + sum).str(),
                         sum.empty() ? "" : ", !o")
        .str();
  };
  auto attend = [](llvm::StringRef name, llvm::StringRef keys) {
    return llvm::formatv("{0}, {0}_lse = attn.attend %q sees #attn.{1} in %k, %v, %cu "
                         ": !q, !k, !v, !cu -> !o, !lse\n",
                         name, keys)
        .str();
  };
  auto first = [&](const std::string &body) {
    return candidates<attn::GroupOp>(16, 128, 128,
                                     "%x = \"test.sum\"() : () -> !o\n"
                                     "%r = attn.group {\n" +
                                         body + "attn.yield %o : !o\n} : !o")
        .front();
  };
  std::string far = "compressed<block = 32, stride = 16>", near = "window<512>";
  auto expect = [&](const std::string &body, int64_t queryTiles, bool overlap) {
    tile::ScheduleAttr schedule = first(body);
    EXPECT_EQ(schedule.getTokens(), 12) << body;
    EXPECT_EQ(schedule.getKeys(), 64) << body;
    EXPECT_EQ(schedule.getGpu().getStages(), 4) << body;
    EXPECT_EQ(schedule.getGpu().getOuterStages(), queryTiles) << body;
    EXPECT_EQ(schedule.getGpu().getOverlap(), overlap) << body;
  };
  // Measured: docs/gpu-target.md.
  expect(attend("%a", far) + "%o = attn.combine %a" + gates(""), 2, true);
  expect(attend("%a", far) + "%s = attn.combine %a" + gates("") + attend("%b", near) +
             "%o = attn.combine %b" + gates("%s"),
         1, true);
  expect(attend("%b", near) + "%o = attn.combine %b" + gates("%x"), 2, false);
}

TEST_F(GpuScheduleTest, values_that_are_the_keys_are_one_tile_which_nothing_overlaps) {
  const char *body = "  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu "
                     ": !q, !k, !k, !cu -> !o, !lse";
  auto overlaps = [](tile::ScheduleAttr each) { return each.getGpu().getOverlap(); };
  EXPECT_TRUE(llvm::any_of(space<attn::AttendOp>(16, 64, 64, kCausal), overlaps));
  EXPECT_FALSE(llvm::any_of(space<attn::AttendOp>(16, 64, 64, body), overlaps));
}

TEST_F(GpuScheduleTest, an_operation_keeps_its_own_schedule) {
  auto all = candidates<attn::AttendOp>(16, 128, 128, kCausal);
  ASSERT_GE(all.size(), 2u);
  module->walk([&](attn::AttendOp op) {
    tuning::setSchedule(op, all[0]);
    tuning::setSchedule(op, all[1]);
    EXPECT_EQ(op->getAttr("tile.schedule"), all[0]);
  });
}
