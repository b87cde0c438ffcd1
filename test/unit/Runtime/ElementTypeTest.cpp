//===- ElementTypeTest.cpp - Types by name, and as the driver counts them -===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ElementType.h"

#include "gtest/gtest.h"

using namespace fovea::rt;

namespace {
/// cuda.h's CUtensorMapDataType, in its order.
enum TensorMapType { U8, U16, U32, I32, U64, I64, F16, F32, F64, BF16 };
} // namespace

TEST(ElementType, tensor_map_types_are_the_drivers) {
  EXPECT_EQ(findElementType("bf16")->tensorMapType, uint32_t(BF16));
  EXPECT_EQ(findElementType("f16")->tensorMapType, uint32_t(F16));
  EXPECT_EQ(findElementType("f32")->tensorMapType, uint32_t(F32));
  EXPECT_EQ(findElementType("i32")->tensorMapType, uint32_t(I32));
  EXPECT_EQ(findElementType("i64")->tensorMapType, uint32_t(I64));
}

TEST(ElementType, by_name_and_number) {
  for (int64_t type : {FOVEA_BF16, FOVEA_F16, FOVEA_F32, FOVEA_I32, FOVEA_I64}) {
    const ElementTypeInfo *info = findElementType(type);
    ASSERT_NE(info, nullptr);
    EXPECT_EQ(info->type, type);
    EXPECT_EQ(findElementType(std::string_view(info->name)), info);
  }
  EXPECT_EQ(findElementType("f64"), nullptr);
  EXPECT_EQ(findElementType(5), nullptr);
  EXPECT_EQ(findElementType(-1), nullptr);
}
