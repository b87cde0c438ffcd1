//===- TileDialectAll.td - everything in the tile dialect --*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

include "fovea/Dialect/Tile/IR/TileKernelOps.td"
include "fovea/Dialect/Tile/IR/TileLaunch.td"
include "fovea/Dialect/Tile/IR/TileLists.td"
include "fovea/Dialect/Tile/IR/TileOps.td"
include "fovea/Dialect/Tile/IR/TileSchedule.td"
include "fovea/Dialect/Tile/IR/TileVisits.td"
include "fovea/Dialect/Tile/IR/TilePlacement.td"
include "fovea/Dialect/Tile/IR/TilePlacedOps.td"
