//===- AttnDialectAll.td - everything in the attn dialect --*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

include "fovea/Dialect/Attn/IR/AttendGradOps.td"
include "fovea/Dialect/Attn/IR/AttnBatch.td"
include "fovea/Dialect/Attn/IR/AttnGradOps.td"
include "fovea/Dialect/Attn/IR/AttnOps.td"
include "fovea/Dialect/Attn/IR/AttnPages.td"
include "fovea/Dialect/Attn/IR/AttnSpecOps.td"
