//===- DilatedKeySet.h - a key set from outside -----------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TEST_DILATEDKEYSET_H
#define FOVEA_TEST_DILATEDKEYSET_H

#include "fovea/Dialect/Attn/IR/KeySet.h"
#include "mlir/IR/Dialect.h"

#include "DilatedDialect.h.inc"
#define GET_ATTRDEF_CLASSES
#include "DilatedAttrs.h.inc"

#endif // FOVEA_TEST_DILATEDKEYSET_H
