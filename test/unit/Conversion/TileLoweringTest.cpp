//===- TileLoweringTest.cpp - every tile operation is lowered -------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Which operations there are is what the dialect has registered. One spec, lowered for
// the CPU and for each GPU, holds all of them on the way: a new operation fails here
// until some spec makes it, and then until it is lowered.
//
//===----------------------------------------------------------------------===//

#include "fovea/Conversion/Passes.h"
#include "fovea/Dialect/Tile/IR/Tile.h"
#include "fovea/Pipelines/Pipelines.h"
#include "fovea/Pipelines/Register.h"
#include "fovea/Target/Bundle/LaunchProgram.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FormatVariadic.h"
#include <gtest/gtest.h>

#include <set>
#include <string>

using namespace mlir;
using namespace fovea;

namespace {

using Names = std::set<std::string>;

class TileLoweringTest : public testing::Test {
protected:
  TileLoweringTest() {
    DialectRegistry registry;
    registerAllDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  /// NSA over elements of `type`, as a module of tile kernels for `target`.
  OwningOpRef<ModuleOp> tileModule(llvm::StringRef target, llvm::StringRef type) {
    std::string text = llvm::formatv(R"(
attn.spec @s heads 16 over 2 dims 64 x 64 of {0} gates logits {{
  attn.branch @c sees #attn.compressed<block = 32, stride = 16> by #attn.phi<gated> with_positions
  attn.branch @s sees #attn.selected<block = 64> top 4 initial 1 local 2 ranked by @c
  attn.branch @w sees #attn.window<100>
}
)",
                                     type);
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
    SpecOptions options;
    options.target = target.str();
    EXPECT_TRUE(module && run(*module, [&](PassManager &manager) {
                  buildSpecToTilePipeline(manager, options);
                }));
    return module;
  }

  bool run(ModuleOp module, llvm::function_ref<void(PassManager &)> build) {
    PassManager manager(&context);
    build(manager);
    return succeeded(manager.run(module));
  }

  /// Operations of tile in `module`.
  static Names namesIn(ModuleOp module) {
    Names names;
    module.walk([&](Operation *op) {
      if (isa<tile::TileDialect>(op->getDialect()))
        names.insert(op->getName().getStringRef().str());
    });
    return names;
  }

  Names registered() {
    Names names;
    for (RegisteredOperationName name : context.getRegisteredOperationsByDialect(
             tile::TileDialect::getDialectNamespace()))
      names.insert(name.getStringRef().str());
    return names;
  }

  MLIRContext context;
};

Names without(const Names &all, const Names &some) {
  Names rest;
  for (const std::string &name : all)
    if (!some.count(name))
      rest.insert(name);
  return rest;
}

} // namespace

TEST_F(TileLoweringTest, every_operation_is_lowered) {
  OwningOpRef<ModuleOp> cpu = tileModule("cpu", "f32");
  Names logical = namesIn(*cpu), met = logical;
  EXPECT_TRUE(run(*cpu, [](PassManager &manager) {
    manager.addPass(createConvertTileToLoopsPass());
  }));
  EXPECT_EQ(namesIn(*cpu), Names()) << "expected loops";

  for (llvm::StringRef target : {"sm_90a", "sm_80"}) {
    // What logical kernels are made of is there for every target.
    OwningOpRef<ModuleOp> placed = tileModule(target, "bf16");
    EXPECT_EQ(namesIn(*placed), logical) << target.str();
    EXPECT_TRUE(run(*placed, buildPlacementPipeline));
    Names names = namesIn(*placed);
    met.insert(names.begin(), names.end());

    OwningOpRef<ModuleOp> lowered = tileModule(target, "bf16");
    EXPECT_TRUE(run(*lowered,
                    [&](PassManager &manager) { buildGpuPipeline(manager, target); }));
    // The host's operations are what a launch program is read from.
    EXPECT_EQ(namesIn(*lowered), Names({"tile.check_sequences", "tile.launch"}))
        << target.str();
    addSequenceChecks(*lowered);
    std::vector<LaunchProgram> entries;
    EXPECT_TRUE(succeeded(readLaunchPrograms(*lowered, entries)));
    EXPECT_EQ(entries.size(), 1u);
  }
  EXPECT_EQ(without(registered(), met), Names())
      << "expected the spec above to need each operation";
}
