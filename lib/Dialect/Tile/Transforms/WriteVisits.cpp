//===- WriteVisits.cpp - one role's loops over visits ---------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "RoleWriter.h"
#include "fovea/Support/ControlFlow.h"

using namespace mlir;
using namespace fovea::tile;

LogicalResult RoleWriter::writeVisits(ForVisitsOp op) {
  bool searched = op.isSearched();
  if (role == Role::Producer && !touchesRings(op))
    return success();
  if (searched && role == Role::Consumer)
    return writeStream(op);
  Values inits = withCounts(kept(op.getInits()));
  auto copy = ForVisitsOp::create(b, map.lookupOrDefault(op.getVisits()),
                                  op.getTokenMask().getType(), op.getHeads(), inits);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&copy.getBody().front());
    map.map(op.getBlockNumber(), copy.getBlockNumber());
    map.map(op.getTokenMask(), copy.getTokenMask());
    map.map(op.getNeedsMask(), copy.getNeedsMask());
    mapKept(ValueRange(op.getCarried()), ValueRange(copy.getCarried()));
    takeCounts(ValueRange(copy.getCarried()));
    if (searched)
      writePost(op, copy);
    FailureOr<Values> yielded = writeBody(op.getBody().front(), /*counted=*/true);
    if (failed(yielded))
      return failure();
    YieldOp::create(b, *yielded);
  }
  mapKept(op.getResults(), copy.getResults());
  takeCounts(copy.getResults());
  if (searched) { // the end of the stream
    unsigned ring = plan.of(op);
    Value number = next(ring);
    PostOp::create(b, plan.rings()[ring], number, Value(), Value(), Value());
  }
  return success();
}

void RoleWriter::writePost(ForVisitsOp source, ForVisitsOp loop) {
  unsigned ring = plan.of(source);
  Value number = next(ring);
  PostOp::create(b, plan.rings()[ring], number, loop.getBlockNumber(),
                 loop.getTokenMask(), loop.getNeedsMask());
}

/// The next visit of the stream: whether there is one, its block, tokens and mask flag.
SmallVector<Value> RoleWriter::takeVisit(ForVisitsOp op) {
  unsigned ring = plan.of(op);
  Value number = next(ring);
  auto take =
      TakeOp::create(b, b.getI1Type(), b.getIndexType(), op.getTokenMask().getType(),
                     b.getI1Type(), plan.rings()[ring], number);
  return {take.getMore(), take.getKeyBlock(), take.getTokens(), take.getMasked()};
}

/// Consumers learn of listed visits from the producer: a loop until the stream ends. It
/// carries the visit that is next, and takes the one behind it before it computes, so
/// that nothing waits to hear where to go on.
LogicalResult RoleWriter::writeStream(ForVisitsOp op) {
  Values inits = takeVisit(op);
  size_t visitSize = inits.size();
  inits.append(withCounts(kept(op.getInits())));
  SmallVector<Type> types = llvm::to_vector(ValueRange(inits).getTypes());
  SmallVector<Location> locs(types.size(), b.getLoc());
  auto loop = scf::WhileOp::create(b, types, inits);
  OpBuilder::InsertionGuard guard(b);
  Block *before = b.createBlock(&loop.getBefore(), {}, types, locs);
  scf::ConditionOp::create(b, before->getArgument(0), before->getArguments());

  Block *after = b.createBlock(&loop.getAfter(), {}, types, locs);
  ValueRange state = after->getArguments().drop_front(visitSize);
  mapKept(ValueRange(op.getCarried()), state);
  takeCounts(state);
  Values nextVisit = takeVisit(op);
  FailureOr<Values> results =
      writeListedVisit(op, after->getArguments().slice(1, visitSize - 1));
  if (failed(results))
    return failure();
  nextVisit.append(*results);
  scf::YieldOp::create(b, nextVisit);
  ValueRange last = loop.getResults().drop_front(visitSize);
  mapKept(op.getResults(), last);
  takeCounts(last);
  return success();
}

/// The body of a listed visit, for warpgroups that have a token which listed it. Gives
/// what the loop carries.
FailureOr<SmallVector<Value>> RoleWriter::writeListedVisit(ForVisitsOp op,
                                                           ValueRange visit) {
  map.map(op.getBlockNumber(), visit[0]);
  map.map(op.getTokenMask(), visit[1]);
  map.map(op.getNeedsMask(), visit[2]);
  Values state = kept(ValueRange(op.getCarried())), before = counts;
  SmallVector<Type> types = llvm::to_vector(ValueRange(withCounts(state)).getTypes());
  Value some = AnyTokenOp::create(b, b.getI1Type(), visit[1], op.getHeads(),
                                  /*byWarp=*/false);
  auto branch = scf::IfOp::create(b, types, some, /*addElse=*/true);
  auto write = [&] { return writeBody(op.getBody().front(), /*counted=*/true); };
  if (failed(fillBody(b, *branch.thenBlock(), write)))
    return failure();
  counts = before;
  auto skip = [&]() -> FailureOr<Values> {
    skipVisit(op);
    return withCounts(state);
  };
  if (failed(fillBody(b, *branch.elseBlock(), skip)))
    return failure();
  return llvm::to_vector_of<Value>(branch.getResults());
}

/// Who passes a block by waits for its tiles all the same: a warp that ran a whole ring
/// ahead would take one turn of a slot for the next.
void RoleWriter::skipVisit(ForVisitsOp op) {
  for (Operation &load : op.getBody().front())
    if (isSharedLoad(&load)) {
      unsigned ring = plan.of(&load);
      Value number = next(ring), queue = plan.rings()[ring];
      GetOp::create(b, load.getResult(0).getType(), queue, number);
      ReleaseOp::create(b, queue, number);
    }
}
