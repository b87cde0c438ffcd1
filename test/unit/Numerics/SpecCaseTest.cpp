//===- SpecCaseTest.cpp - every drawn spec is a valid one -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Numerics/SpecCase.h"
#include "fovea/Pipelines/Register.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>

#include <set>

TEST(SpecCase, drawn_specs_parse_and_verify) {
  mlir::DialectRegistry registry;
  fovea::registerAllDialects(registry);
  mlir::MLIRContext context(registry);
  std::set<std::string> labels;
  for (const fovea::test::SpecCase &drawn : fovea::test::makeSpecCases(150, 1)) {
    auto module = mlir::parseSourceString<mlir::ModuleOp>(drawn.spec, &context);
    EXPECT_TRUE(module) << drawn.spec;
    EXPECT_TRUE(labels.insert(drawn.label).second) << drawn.label;
  }
  EXPECT_GE(labels.size(), 150u);
}
