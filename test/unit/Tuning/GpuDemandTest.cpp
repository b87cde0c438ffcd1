//===- GpuDemandTest.cpp - what kernels of several attentions need --------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Tuning/GpuDemand.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Tuning/TuningInterfaces.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace fovea;
using tuning::GpuDemand;

namespace {

constexpr int64_t kValues = 32; ///< columns of an accumulator

class GpuDemandTest : public testing::Test {
protected:
  GpuDemandTest() {
    DialectRegistry registry;
    tuning::registerTuningModels(registry);
    context.appendDialectRegistry(registry);
    context.loadDialect<attn::AttnDialect, func::FuncDialect>();
  }

  /// The demand of one kernel of `body`, which yields %o.
  GpuDemand demandOf(const std::string &body) {
    std::string text = llvm::formatv(R"(!q = tensor<?x16x64xbf16>
!o = tensor<?x16x32xbf16>
!k = tensor<?x1x64xbf16>
!v = tensor<?x1x32xbf16>
!lse = tensor<?x16xf32>
!cu = tensor<?xi32>
!g = tensor<?x16x4xf32>
func.func @f(%q: !q, %k: !k, %v: !v, %cu: !cu, %g: !g, %x: !o) -> !o {{
  %r = attn.group {{
{0}
    attn.yield %o : !o
  } : !o
  return %r : !o
})",
                                     body);
    module = parseSourceString<ModuleOp>(text, &context);
    GpuDemand demand;
    EXPECT_TRUE(module) << text;
    if (module)
      module->walk([&](tuning::GpuScheduleOpInterface op) { op.addDemand(demand); });
    return demand;
  }

  static std::string attend(StringRef name, StringRef keys = "causal") {
    return llvm::formatv(
        "    %{0}, %{0}_l = attn.attend %q sees #attn.{1} in %k, %v, %cu "
        ": !q, !k, !v, !cu -> !o, !lse\n",
        name, keys);
  }

  /// Gates of one branch or two, onto `sum` if it is named.
  static std::string combine(StringRef name, ArrayRef<StringRef> branches,
                             StringRef sum = "") {
    std::string list, types, columns;
    for (auto [i, branch] : llvm::enumerate(branches)) {
      list += (i ? ", %" : "%") + branch.str();
      types += "!o, ";
      columns += (i ? ", " : "") + std::to_string(i);
    }
    return llvm::formatv(
        "    %{0} = attn.combine {1} gates %g columns [{2}] logits {3} "
        ": ({4}!g{5}) -> !o\n",
        name, list, columns, sum.empty() ? "" : ("onto %" + sum).str(), types,
        sum.empty() ? "" : ", !o");
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

} // namespace

TEST_F(GpuDemandTest, a_sum_that_goes_on_leaves_its_accumulator) {
  GpuDemand one = demandOf(attend("a") + combine("o", {"a"}));
  EXPECT_EQ(one.valueColumns, kValues);
  EXPECT_EQ(one.liveColumns, 0);
  EXPECT_EQ(one.branchColumns, 0);
  std::string two = attend("a") + combine("s", {"a"}) + attend("b", "window<512>");
  GpuDemand chain = demandOf(two + combine("o", {"b"}, "s"));
  EXPECT_EQ(chain.valueColumns, kValues);
  EXPECT_EQ(chain.liveColumns, 0);
  EXPECT_EQ(chain.branchColumns, kValues); // the sum, which waits in memory
  GpuDemand three =
      demandOf(two + combine("t", {"b"}, "s") + attend("c") + combine("o", {"c"}, "t"));
  EXPECT_EQ(three.valueColumns, kValues);
  EXPECT_EQ(three.branchColumns, kValues);
}

TEST_F(GpuDemandTest, every_attention_of_a_chain_visits_its_keys) {
  GpuDemand causal = demandOf(attend("a") + combine("o", {"a"}));
  GpuDemand window = demandOf(attend("a", "window<512>") + combine("o", {"a"}));
  GpuDemand chain = demandOf(attend("a") + combine("s", {"a"}) +
                             attend("b", "window<512>") + combine("o", {"b"}, "s"));
  EXPECT_GT(window.rangedKeys, 0);
  EXPECT_EQ(chain.rangedKeys, causal.rangedKeys + window.rangedKeys);
}

TEST_F(GpuDemandTest, accumulators_that_wait_for_each_other_live_at_once) {
  GpuDemand two = demandOf(attend("a") + attend("b") + combine("o", {"a", "b"}));
  EXPECT_EQ(two.valueColumns, 2 * kValues);
  EXPECT_EQ(two.liveColumns, 0);
  EXPECT_EQ(two.branchColumns, 0);
  // With a loaded branch, and a sum that another kernel left.
  GpuDemand loaded = demandOf(attend("a") + combine("o", {"a", "x"}, "x"));
  EXPECT_EQ(loaded.valueColumns, kValues);
  EXPECT_EQ(loaded.branchColumns, 2 * kValues);
}

TEST_F(GpuDemandTest, an_attention_that_a_later_sum_takes_lives_until_then) {
  GpuDemand later = demandOf(attend("a") + combine("s", {"a"}) + attend("b") +
                             combine("o", {"a", "b"}, "s"));
  EXPECT_EQ(later.valueColumns, 2 * kValues);
  EXPECT_EQ(later.liveColumns, 0);
  // One that a sum takes twice has one accumulator.
  GpuDemand twice = demandOf(attend("a") + combine("s", {"a", "a"}) + attend("b") +
                             combine("o", {"b"}, "s"));
  EXPECT_EQ(twice.valueColumns, kValues);
  EXPECT_EQ(twice.liveColumns, 0);
}
