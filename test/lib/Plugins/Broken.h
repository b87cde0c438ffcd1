//===- Broken.h - key sets and rankers that are wrong in one way -*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TEST_BROKEN_H
#define FOVEA_TEST_BROKEN_H

#include "fovea/Dialect/Attn/IR/KeySet.h"
#include "fovea/Dialect/Attn/IR/Ranker.h"
#include "mlir/IR/Dialect.h"

#include "BrokenDialect.h.inc"
#define GET_ATTRDEF_CLASSES
#include "BrokenAttrs.h.inc"

#endif // FOVEA_TEST_BROKEN_H
