//===- PartSums.cpp - sums of the parts of a tile's visits ----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Where a schedule cuts the visits of a tile of keys into parts, each part's program
// stores sums of its own, and a kernel behind adds them up.
//
//===----------------------------------------------------------------------===//

#include "HostBuilder.h"
#include "fovea/Conversion/AttnToTile/QueryVisits.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace fovea;

/// What `kernel` visits queries by, where these are lists; else null.
static attn::AttendGradKVOp findListed(const Kernel &kernel) {
  auto op = dyn_cast<attn::AttendGradKVOp>(kernel.root);
  return op && op.getEntries() ? op : attn::AttendGradKVOp();
}

/// Workspace for the sums of every part of a result [rows, heads, D].
Value HostBuilder::allocateParts(const Kernel &kernel, OpResult result) {
  MemRefType sums = viewType(result.getType());
  SmallVector<int64_t> shape(sums.getShape());
  SmallVector<Value> sizes;
  if (attn::AttendGradKVOp op = findListed(kernel)) {
    QueryLists lists{bufferOf(op.getBounds()), bufferOf(op.getEntries()),
                     kernel.schedule.getKeys()};
    Value slots = QueryVisits::emitSlots(b, lists, kernel.schedule.getTokens());
    Value more = b.mul(slots, op.getKeys().getIndexBlock());
    sizes.push_back(b.add(memref::DimOp::create(b, bufferOf(result), 0), more));
    shape[0] = ShapedType::kDynamic;
  } else {
    shape[1] *= kernel.schedule.getParts();
    if (sums.isDynamicDim(0))
      sizes.push_back(memref::DimOp::create(b, bufferOf(result), 0));
  }
  return allocate(MemRefType::get(shape, b.getF32Type()), sizes);
}

void HostBuilder::launchPartMerge(const Kernel &kernel, ValueRange parts) {
  Value out = bufferOf(kernel.leaving[0]), lse = bufferOf(kernel.leaving[1]);
  launchRowKernel("part_merge", {parts[0], parts[1], lse, out},
                  emitRowGrid(out, kPartSumRows),
                  [](TileBuilder &b, ValueRange views, Value rows) {
                    emitPartMerge(b, views, rows);
                  });
}

/// Adds up what the programs of `kernel` stored in `parts`.
void HostBuilder::launchPartSums(const Kernel &kernel, Value parts, Value sums) {
  attn::AttendGradKVOp op = findListed(kernel);
  if (!op)
    return launchRowKernel("part_sums", {parts, sums}, emitRowGrid(sums, kPartSumRows),
                           [](TileBuilder &b, ValueRange views, Value rows) {
                             emitPartSums(b, views[0], views[1], rows);
                           });
  ListedParts listed{op.getKeys(), kernel.schedule.getParts(),
                     kernel.schedule.getTokens(), kernel.schedule.getKeys()};
  attn::BatchArrays batch = attn::BatchArrays::of(op.getCuSeqlens());
  SmallVector<Value> views{bufferOf(batch.keys), bufferOf(op.getBounds()),
                           bufferOf(op.getEntries())};
  if (batch.isApart())
    views.push_back(bufferOf(batch.queries));
  if (batch.lengths)
    views.push_back(bufferOf(batch.lengths));
  views.append({parts, sums});
  Value runs = b.add(memref::DimOp::create(b, views.front(), 0), 1);
  launchRowKernel("listed_sums", views, emitRowGrid(sums, kPartSumRows, runs),
                  [&](TileBuilder &b, ValueRange views, Value rows) {
                    emitListedSums(b, listed, views, rows);
                  });
}
