//===- AttnOps.cpp - verifiers of the attn operations ---------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "OperandChecks.h"
#include "Scale.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/IR/KeySetContract.h"
#include "fovea/Dialect/Attn/IR/PackedShape.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace fovea;
using namespace fovea::attn;

#define GET_OP_CLASSES
#include "fovea/Dialect/Attn/IR/AttnOps.cpp.inc"

//===----------------------------------------------------------------------===//
// compress
//===----------------------------------------------------------------------===//

LogicalResult CompressOp::verify() {
  return verifyCompress(*this, {getInput(),
                                getParams(),
                                getPositions(),
                                {"output", getOutput()},
                                getWindows(),
                                getPhi()});
}

//===----------------------------------------------------------------------===//
// attend
//===----------------------------------------------------------------------===//

LogicalResult AttendOp::verifyRegions() {
  return verifyScoreRegion(*this, getScoreRegion(), getLearned().size());
}

void AttendOp::getAsmBlockArgumentNames(Region &region, OpAsmSetValueNameFn setName) {
  nameScoreArguments(region, setName);
}

void AttendOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  setName(getOut(), "out");
  setName(getLse(), "lse");
}

double AttendOp::getScaleOrDefault() {
  return attn::getScaleOrDefault(getScale(), getQ());
}

int64_t AttendOp::getGroupSize() { return headsOf(getQ()) / headsOf(getK()); }

LogicalResult AttendOp::verify() {
  if (failed(verifyAttend(*this, {getQ(),
                                  getK(),
                                  getV(),
                                  getCuSeqlens(),
                                  {"out", getOut()},
                                  {{"lse", getLse()}},
                                  {"indices", getIndices()},
                                  getLearned(),
                                  getKeys(),
                                  getScale()})) ||
      failed(verifyPerHead(*this, "sinks", getSinks(), getQ()))) // attend_c11
    return failure();
  return getSinks() ? verifySinkScale(*this, getScale()) : success(); // attend_c15
}

//===----------------------------------------------------------------------===//
// score_blocks, index_blocks, select_topk, combine
//===----------------------------------------------------------------------===//

LogicalResult ScoreBlocksOp::verifyRegions() {
  return verifyScoreRegion(*this, getScoreRegion(), getLearned().size());
}

void ScoreBlocksOp::getAsmBlockArgumentNames(Region &region,
                                             OpAsmSetValueNameFn setName) {
  nameScoreArguments(region, setName);
}

double ScoreBlocksOp::getScaleOrDefault() {
  return attn::getScaleOrDefault(getScale(), getQ());
}

LogicalResult ScoreBlocksOp::verify() {
  if (failed(verifyStatic(*this, "q", getQ())) || // score_blocks_c6
      failed(verifyStatic(*this, "kc", getKc())) ||
      failed(verifyGroups(*this, getQ(), getKc()))) // score_blocks_c1
    return failure();
  if (dimOf(getQ()) != dimOf(getKc()) || // score_blocks_c2
      tensorType(getQ()).getElementType() != tensorType(getKc()).getElementType())
    return emitOpError() << "expected q and kc to agree in Dk and element type, got "
                         << getQ().getType() << " and " << getKc().getType();
  int64_t stride = getWindows().getStride(), block = getBlocks().getBlock();
  if (block % stride != 0) // score_blocks_c3
    return emitOpError() << "expected stride to divide the selection block, got "
                            "stride = "
                         << stride << " and block = " << block;
  if (failed(verifyTrailing(*this, "scores", getScores(), // score_blocks_c4
                            {headsOf(getKc()), ShapedType::kDynamic})))
    return failure();
  if (failed(verifyTrailing(*this, "lse", getLse(), {headsOf(getQ())})))
    return failure();                           // score_blocks_c5
  if (failed(verifyScale(*this, getScale())) || // score_blocks_c7
      failed(verifyRows(*this, {{"q", getQ()},  // score_blocks_c8
                                {"lse", getLse()},
                                {"scores", getScores()}})) ||
      failed(verifyKeyRows(*this, getQ(), getKc(), stride, getCuSeqlens())))
    return failure();
  return verifyLearned(*this, getLearned(), getQ()); // score_blocks_c9
}

int64_t IndexBlocksOp::getGroupSize() {
  return headsOf(getIq()) / headsOf(getScores());
}

int64_t IndexBlocksOp::getKeySharing() {
  return headsOf(getScores()) / headsOf(getIk());
}

int64_t IndexBlocksOp::getKeysPerBlock() {
  return getBlocks().getBlock() / getKeys().getKeyStride();
}

/// index_blocks_c1: heads of index queries, of KV and of index keys divide one another.
static LogicalResult verifyIndexHeads(IndexBlocksOp op) {
  int64_t queries = headsOf(op.getIq()), keys = headsOf(op.getIk());
  int64_t kv = headsOf(op.getScores());
  if (queries % kv == 0 && kv % keys == 0)
    return success();
  return op.emitOpError() << "expected kv heads to divide index heads and key heads to "
                             "divide kv heads, got "
                          << queries << " index heads, " << kv << " kv heads and "
                          << keys << " key heads";
}

LogicalResult IndexBlocksOp::verify() {
  if (failed(verifyNumbers(*this, getKeys()))) // index_blocks_c8
    return failure();
  if (failed(verifyStatic(*this, "iq", getIq())) || // index_blocks_c6
      failed(verifyStatic(*this, "ik", getIk())))
    return failure();
  if (headsOf(getScores()) < 1 || headsOf(getScores()) > kMostHeads) // index_blocks_c4
    return emitOpError() << "expected static kv heads of scores, 1 to " << kMostHeads
                         << ", got " << getScores().getType();
  if (failed(verifyTrailing(*this, "scores", getScores(),
                            {headsOf(getScores()), ShapedType::kDynamic})) ||
      failed(verifyIndexHeads(*this))) // index_blocks_c1
    return failure();
  if (dimOf(getIq()) != dimOf(getIk()) || // index_blocks_c2
      tensorType(getIq()).getElementType() != tensorType(getIk()).getElementType())
    return emitOpError() << "expected iq and ik to agree in Di and element type, got "
                         << getIq().getType() << " and " << getIk().getType();
  int64_t stride = getKeys().getKeyStride(), block = getBlocks().getBlock();
  if (getKeys().needsIndices()) // index_blocks_c3
    return emitOpError() << "expected a key set without index lists, got " << getKeys();
  if (block % stride != 0)
    return emitOpError() << "expected stride to divide the selection block, got "
                            "stride = "
                         << stride << " and block = " << block;
  if (getWeights() && // index_blocks_c5
      failed(verifyTrailing(*this, "weights", getWeights(), {headsOf(getIq())})))
    return failure();
  if (failed(verifyRows(*this, {{"iq", getIq()}, // index_blocks_c7
                                {"weights", getWeights()},
                                {"scores", getScores()}})))
    return failure();
  return verifyKeyRows(*this, getIq(), getIk(), stride, getCuSeqlens());
}

LogicalResult SelectTopkOp::verify() {
  int64_t count = getCount(), initial = getInitial(), local = getLocal();
  if (count < 1 || count > kMostListed || initial < 0 || local < 0) // select_topk_c1
    return emitOpError() << "expected 1 <= count <= " << kMostListed
                         << ", initial >= 0 and local >= 0, got " << count << ", "
                         << initial << " and " << local;
  if (count - initial < local) // select_topk_c2
    return emitOpError() << "expected count to cover the forced blocks, got count = "
                         << count << ", initial = " << initial
                         << " and local = " << local;
  if (headsOf(getScores()) < 1) // select_topk_c4
    return emitOpError() << "expected static kv heads of scores, at least 1, got "
                         << getScores().getType();
  if (headsOf(getScores()) > kMostHeads)
    return emitOpError() << "expected at most " << kMostHeads
                         << " kv heads of scores, got " << getScores().getType();
  if (failed(verifyTrailing(*this, "indices", getIndices(), // select_topk_c3
                            {headsOf(getScores()), count})))
    return failure();
  return verifyRows(*this, {{"scores", getScores()}, // select_topk_c5
                            {"indices", getIndices()}});
}

LogicalResult CombineOp::verify() {
  return verifyCombine(
      *this, {getBranches(), getGates(), getBase(), {"out", getOut()}, getColumns()});
}
