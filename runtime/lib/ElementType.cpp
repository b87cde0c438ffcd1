//===- ElementType.cpp - What arrays hold ---------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ElementType.h"

using namespace fovea::rt;

static constexpr ElementTypeInfo elementTypes[] = {
    {FOVEA_BF16, "bf16", 2, 9}, {FOVEA_F16, "f16", 2, 6}, {FOVEA_F32, "f32", 4, 7},
    {FOVEA_I32, "i32", 4, 3},   {FOVEA_I64, "i64", 8, 5},
};

const ElementTypeInfo *fovea::rt::findElementType(int64_t type) {
  for (const ElementTypeInfo &info : elementTypes)
    if (info.type == type)
      return &info;
  return nullptr;
}

const ElementTypeInfo *fovea::rt::findElementType(std::string_view name) {
  for (const ElementTypeInfo &info : elementTypes)
    if (name == info.name)
      return &info;
  return nullptr;
}
