//===- PooledRanker.h - a ranker from outside -------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TEST_POOLED_RANKER_H
#define FOVEA_TEST_POOLED_RANKER_H

#include "fovea/Dialect/Attn/IR/Ranker.h"
#include "mlir/IR/Dialect.h"

#include "PooledRankerDialect.h.inc"
#define GET_ATTRDEF_CLASSES
#include "PooledRankerAttrs.h.inc"

#endif // FOVEA_TEST_POOLED_RANKER_H
