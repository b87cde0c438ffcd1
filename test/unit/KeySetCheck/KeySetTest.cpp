//===- KeySetTest.cpp - key sets keep their contract ----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Every property of every built-in key set. That the properties find faults:
// test/Dialect/Attn/Transforms/check-key-sets-invalid.mlir.
//
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/KeySetCheck/KeySetProperties.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

#include <cctype>

using namespace fovea::attn;

namespace {

constexpr const char *keySets[] = {
    "#attn.full",
    "#attn.causal",
    "#attn.window<1>",
    "#attn.window<3>",
    "#attn.window<64>",
    "#attn.window<2147483647>",
    "#attn.compressed<block = 1, stride = 1>",
    "#attn.compressed<block = 32, stride = 16>",
    "#attn.compressed<block = 16, stride = 16>",
    "#attn.compressed<block = 64, stride = 8>",
    "#attn.selected<block = 1>",
    "#attn.selected<block = 32>",
    "#attn.selected<block = 64>",
};

/// The key sets of a context of their own.
struct KeySets {
  KeySets() { context.loadDialect<AttnDialect>(); }

  KeySetInterface parse(llvm::StringRef text) {
    return mlir::cast<KeySetInterface>(mlir::parseAttribute(text, &context));
  }

  mlir::MLIRContext context;
};

using Case = std::tuple<const char *, KeySetProperty>;
class KeySetTest : public testing::TestWithParam<Case> {};

} // namespace

static std::string nameCase(const testing::TestParamInfo<Case> &info) {
  std::string name;
  for (llvm::StringRef part : {llvm::StringRef(std::get<0>(info.param)),
                               llvm::StringRef(std::get<1>(info.param).name)})
    for (char c : part)
      name += std::isalnum(c) ? c : '_';
  return name;
}

TEST_P(KeySetTest, KeepsTheProperty) {
  auto [text, property] = GetParam();
  KeySets sets;
  KeySetChecker checker(sets.parse(text), /*seed=*/20250101);
  KeySetFault fault = (checker.*property.check)();
  EXPECT_FALSE(fault.has_value()) << *fault;
}

INSTANTIATE_TEST_SUITE_P(All, KeySetTest,
                         testing::Combine(testing::ValuesIn(keySets),
                                          testing::ValuesIn(getKeySetProperties())),
                         nameCase);

TEST(SelectedKeySet, ListsMayBeInAnyOrderWithUnusedSlots) {
  KeySets sets;
  KeySetInterface set = sets.parse("#attn.selected<block = 4>");
  std::vector<int32_t> lists[] = {{0, 2, -1}, {2, -1, 0}, {-1, 0, 2}};
  for (llvm::ArrayRef<int32_t> list : lists)
    for (int64_t u = 0; u < 16; ++u)
      EXPECT_EQ(set.contains(16, 9, u, list), u < 4 || u == 8 || u == 9) << u;
}
