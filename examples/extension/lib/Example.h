//===- Example.h - a dialect of sparse patterns -----------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef EXAMPLE_EXAMPLE_H
#define EXAMPLE_EXAMPLE_H

#include "fovea/Dialect/Attn/IR/KeySet.h"
#include "fovea/Dialect/Attn/IR/Ranker.h"
#include "mlir/IR/Dialect.h"

#include "ExampleDialect.h.inc"
#define GET_ATTRDEF_CLASSES
#include "ExampleAttrs.h.inc"

#endif // EXAMPLE_EXAMPLE_H
