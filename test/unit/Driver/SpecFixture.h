//===- SpecFixture.h - A small spec for the driver's tests ------*- C++ -*-===//

#ifndef FOVEA_TEST_UNIT_DRIVER_SPECFIXTURE_H
#define FOVEA_TEST_UNIT_DRIVER_SPECFIXTURE_H

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/Transforms/Passes.h"
#include "fovea/Driver/Run/Workload.h"
#include "fovea/Numerics/NumericsOpInterface.h"
#include "fovea/Reference/Evaluate.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "gtest/gtest.h"

namespace fovea {

class SpecFixture : public testing::Test {
protected:
  SpecFixture() {
    mlir::DialectRegistry registry;
    reference::registerEvaluateModels(registry);
    registerNumericsModels(registry);
    context.appendDialectRegistry(registry);
    context.loadDialect<attn::AttnDialect, mlir::arith::ArithDialect,
                        mlir::func::FuncDialect>();
    function = parse(R"(
attn.spec @small heads 4 over 2 dims 16 x 8 of f32 gates values {
  attn.branch @compressed sees #attn.compressed<block = 8, stride = 4> by #attn.phi<weighted>
  attn.branch @selected sees #attn.selected<block = 16> top 4 initial 1 local 1 ranked by @compressed
})");
  }

  /// The first function of `text`, its specs expanded with auxiliary results.
  mlir::func::FuncOp parse(llvm::StringRef text) {
    modules.push_back(mlir::parseSourceString<mlir::ModuleOp>(text, &context));
    mlir::PassManager manager(&context);
    attn::ExpandSpecPassOptions options;
    options.auxOutputs = true;
    manager.addPass(attn::createExpandSpecPass(options));
    manager.addNestedPass<mlir::func::FuncOp>(attn::createInferRowsPass());
    EXPECT_TRUE(succeeded(manager.run(*modules.back())));
    return *modules.back()->getOps<mlir::func::FuncOp>().begin();
  }

  mlir::MLIRContext context;
  std::vector<mlir::OwningOpRef<mlir::ModuleOp>> modules;
  /// Results: o, compressed_lse, selected_lse, selected_indices.
  mlir::func::FuncOp function;
};

inline std::vector<double> decode(const NamedArray &array) {
  return decodeAll(array.array.type, array.array.bytes);
}

} // namespace fovea

#endif // FOVEA_TEST_UNIT_DRIVER_SPECFIXTURE_H
