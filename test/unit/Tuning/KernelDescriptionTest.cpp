//===- KernelDescriptionTest.cpp - what a kernel is, whatever its spec ----===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Tuning/KernelDescription.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Hardware/GpuTargetInfo.h"
#include "fovea/Tuning/TuningInterfaces.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace fovea;

namespace {

class KernelDescriptionTest : public testing::Test {
protected:
  KernelDescriptionTest() {
    DialectRegistry registry;
    tuning::registerTuningModels(registry);
    context.appendDialectRegistry(registry);
    context.loadDialect<attn::AttnDialect, tile::TileDialect, func::FuncDialect,
                        arith::ArithDialect, math::MathDialect>();
  }

  /// The first operation of a function of `body` over `heads` and `kv` heads of 64,
  /// that returns `results`.
  std::string describe(int64_t heads, int64_t kv, llvm::StringRef body,
                       llvm::StringRef results, llvm::StringRef types) {
    std::string text = llvm::formatv(
        R"(!q = tensor<?x{0}x64xbf16>
!kv = tensor<?x{1}x64xbf16>
!cu = tensor<?xi32>
!lse = tensor<?x{0}xf32>
!g = tensor<?x{0}x2xf32>
!b = tensor<{0}xf32>
func.func @f(%q: !q, %k: !kv, %v: !kv, %cu: !cu, %g: !g, %other: !q, %b: !b) -> ({4}) {{
{2}
  return {3} : {4}
}
)",
        heads, kv, body, results, types);
    module = parseSourceString<ModuleOp>(text, &context);
    if (!module)
      return text;
    func::FuncOp function = *module->getOps<func::FuncOp>().begin();
    return tuning::describeKernel(&function.getBody().front().front(),
                                  *llvm::cantFail(lookupGpuTarget("sm_90a")));
  }

  std::string attend(int64_t heads, int64_t kv, llvm::StringRef clause = "",
                     llvm::StringRef results = "%o", llvm::StringRef types = "!q") {
    return describe(heads, kv,
                    llvm::formatv("  %o, %l = attn.attend %q sees #attn.causal in %k, "
                                  "%v, %cu {0} : !q, !kv, !kv, !cu -> !q, !lse",
                                  clause)
                        .str(),
                    results, types);
  }

  std::string group(llvm::StringRef yields, llvm::StringRef types,
                    llvm::StringRef results) {
    return describe(4, 1,
                    llvm::formatv(R"(  %x{3} = attn.group {{
    %o, %l = attn.attend %q sees #attn.causal in %k, %v, %cu : !q, !kv, !kv, !cu -> !q, !lse
    %c = attn.combine %o, %other gates %g values : (!q, !q, !g) -> !q
    attn.yield {0} : {1}
  } : {1})",
                                  yields, types, results,
                                  types.contains(',') ? ":2" : "")
                        .str(),
                    results, types);
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

constexpr llvm::StringLiteral kCapped =
    "scores(%s, %t, %u, %h, %x = %b : !b) { %y = math.tanh %s : f32\n"
    " %z = arith.addf %y, %x : f32\n attn.score %z }";
constexpr llvm::StringLiteral kRenamed =
    "scores(%a, %i, %j, %n, %m = %b : !b) { %p = math.tanh %a : f32\n"
    " %r = arith.addf %p, %m : f32\n attn.score %r }";
constexpr llvm::StringLiteral kSwapped =
    "scores(%s, %t, %u, %h, %x = %b : !b) { %y = math.tanh %x : f32\n"
    " %z = arith.addf %y, %s : f32\n attn.score %z }";
constexpr llvm::StringLiteral kApproximate =
    "scores(%s, %t, %u, %h, %x = %b : !b) { %y = math.tanh %s fastmath<afn> : f32\n"
    " %z = arith.addf %y, %x : f32\n attn.score %z }";

} // namespace

TEST_F(KernelDescriptionTest, heads_count_per_kv_head) {
  std::string four = "sm_90a: attend<group = 4, dims = 64 x 64, type = bf16, keys = "
                     "#attn.causal>";
  EXPECT_EQ(attend(4, 1), four);
  EXPECT_EQ(attend(32, 8), four);
  EXPECT_NE(attend(8, 1), four);
}

TEST_F(KernelDescriptionTest, what_is_stored_counts) {
  EXPECT_EQ(
      attend(4, 1, "", "%o, %l", "!q, !lse"),
      "sm_90a: attend<group = 4, dims = 64 x 64, type = bf16, keys = #attn.causal, "
      "lse>");
  std::string fused =
      "sm_90a: attend<group = 4, dims = 64 x 64, type = bf16, keys = "
      "#attn.causal> + combine<branches = 2, loaded = 1, dim = 64, type "
      "= bf16, gates = f32 values>";
  EXPECT_EQ(group("%c", "!q", "%x"), fused);
  EXPECT_EQ(
      group("%c, %o", "!q, !q", "%x#0, %x#1"),
      "sm_90a: attend<group = 4, dims = 64 x 64, type = bf16, keys = #attn.causal> "
      "also stored + combine<branches = 2, loaded = 1, dim = 64, type = bf16, gates "
      "= f32 values>");
}

TEST_F(KernelDescriptionTest, gates_of_one_branch_are_not_the_attentions) {
  std::string attention = "sm_90a: attend<group = 4, dims = 64 x 64, type = bf16, keys "
                          "= #attn.causal>";
  std::string gates = "dim = 64, type = bf16, gates = f32 values>";
  for (const char *base : {"", "base, "})
    EXPECT_EQ(tuning::withoutGates(attention + " + combine<branches = 1, loaded = 0, " +
                                   base + gates),
              attention);
  EXPECT_EQ(
      tuning::withoutGates(attention + " + combine<branches = 2, loaded = 1, " + gates),
      "");
  EXPECT_EQ(tuning::withoutGates(attention), "");
  // A kernel of two attentions is neither's.
  std::string first = attention + " + combine<branches = 1, loaded = 0, " + gates;
  EXPECT_EQ(tuning::withoutGates(first + " + " + attention +
                                 " + combine<branches = 1, loaded = 0, base, " + gates),
            "");
  EXPECT_EQ(tuning::withoutGates(attention + " + " + first), "");
}

TEST_F(KernelDescriptionTest, a_score_region_is_its_operations) {
  std::string capped = attend(4, 1, kCapped);
  EXPECT_TRUE(
      llvm::StringRef(capped).starts_with("sm_90a: attend<group = 4, dims = 64 x 64, "
                                          "type = bf16, keys = #attn.causal, scores "
                                          "= "))
      << capped;
  EXPECT_EQ(attend(4, 1, kRenamed), capped);
  EXPECT_NE(attend(4, 1, kSwapped), capped);
  EXPECT_NE(attend(4, 1, kApproximate), capped);
  EXPECT_EQ(
      attend(4, 1, "sinks(%b : !b)"),
      "sm_90a: attend<group = 4, dims = 64 x 64, type = bf16, keys = #attn.causal, "
      "sinks>");
}

TEST_F(KernelDescriptionTest, values_that_are_the_keys_count) {
  EXPECT_EQ(
      describe(4, 1,
               "  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : !q, "
               "!kv, !kv, !cu -> !q, !lse",
               "%o", "!q"),
      "sm_90a: attend<group = 4, dims = 64 x 64, type = bf16, keys = #attn.causal, "
      "values = keys>");
}
