//===- ElementType.h - What arrays hold -------------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_RUNTIME_LIB_ELEMENTTYPE_H
#define FOVEA_RUNTIME_LIB_ELEMENTTYPE_H

#include "fovea/runtime.h"

#include <string_view>

namespace fovea::rt {

struct ElementTypeInfo {
  fovea_type_t type;
  const char *name; // in a manifest
  uint32_t bytes;
  uint32_t tensorMapType; // CUtensorMapDataType
};

/// The type of that number or name; null where there is none.
const ElementTypeInfo *findElementType(int64_t type);
const ElementTypeInfo *findElementType(std::string_view name);

} // namespace fovea::rt

#endif // FOVEA_RUNTIME_LIB_ELEMENTTYPE_H
