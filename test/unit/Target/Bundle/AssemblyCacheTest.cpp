//===- AssemblyCacheTest.cpp - the PTX of a module is its own -------------===//

#include "fovea/Target/Bundle/AssemblyCache.h"

#include "fovea/Pipelines/Register.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace fovea;

namespace {
class AssemblyCacheTest : public testing::Test {
protected:
  AssemblyCacheTest() : context(mlir::MLIRContext::Threading::DISABLED) {
    mlir::DialectRegistry registry;
    registerAllDialects(registry);
    context.appendDialectRegistry(registry);
  }

  /// A kernel that writes `number`, lowered.
  mlir::Operation *parse(int number) {
    std::string text = "llvm.func @k(%to: !llvm.ptr<1>) attributes {nvvm.kernel} {\n"
                       "  %x = llvm.mlir.constant(" +
                       std::to_string(number) +
                       " : i32) : i32\n"
                       "  llvm.store %x, %to : i32, !llvm.ptr<1>\n"
                       "  llvm.return\n}\n";
    modules.push_back(mlir::parseSourceString<mlir::ModuleOp>(text, &context));
    return modules.back().get();
  }

  std::string emit(mlir::Operation *module, llvm::StringRef target = "sm_90a") {
    std::string ptx;
    EXPECT_TRUE(succeeded(
        cache.emit(module, *llvm::cantFail(lookupGpuTarget(target)), /*jobs=*/1, ptx)));
    return ptx;
  }

private:
  mlir::MLIRContext context;
  std::vector<mlir::OwningOpRef<mlir::ModuleOp>> modules;
  AssemblyCache cache{Ptxas()};
};
} // namespace

TEST_F(AssemblyCacheTest, equal_modules_have_the_same_ptx) {
  std::string first = emit(parse(1));
  EXPECT_NE(first.find(".entry k("), std::string::npos) << first;
  EXPECT_EQ(emit(parse(1)), first);
}

TEST_F(AssemblyCacheTest, a_module_that_differs_has_its_own) {
  std::string first = emit(parse(1)), second = emit(parse(2));
  EXPECT_NE(first, second);
  EXPECT_EQ(emit(parse(2)), second);
  EXPECT_EQ(emit(parse(1)), first);
}

TEST_F(AssemblyCacheTest, a_target_has_its_own) {
  EXPECT_NE(emit(parse(1), "sm_80").find(".target sm_80"), std::string::npos);
  EXPECT_NE(emit(parse(1)).find(".target sm_90a"), std::string::npos);
}
