//===- AttnOps.cpp - verifiers of the attn operations ---------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Scale.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/IR/KeySetContract.h"
#include "fovea/Dialect/Attn/IR/PackedShape.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"

#include <cmath>

using namespace mlir;
using namespace fovea;
using namespace fovea::attn;

#define GET_OP_CLASSES
#include "fovea/Dialect/Attn/IR/AttnOps.cpp.inc"

static LogicalResult verifyStatic(Operation *op, StringRef name, Value packed) {
  if (headsOf(packed) < 1 || dimOf(packed) < 1) // a dynamic size is negative
    return op->emitOpError() << "expected static heads and dim of " << name
                             << ", at least 1, got " << packed.getType();
  if (headsOf(packed) > kMostHeads || dimOf(packed) > kMostDim)
    return op->emitOpError() << "expected at most " << kMostHeads
                             << " heads and a dim of at most " << kMostDim << " of "
                             << name << ", got " << packed.getType();
  return success();
}

/// Query heads must be a multiple of kv heads; both are static.
static LogicalResult verifyGroups(Operation *op, Value q, Value kv) {
  if (headsOf(q) % headsOf(kv) != 0)
    return op->emitOpError() << "expected kv heads to divide query heads, got "
                             << headsOf(kv) << " and " << headsOf(q);
  return success();
}

static double scaleOrDefault(std::optional<APFloat> scale, Value q) {
  return scale ? scale->convertToDouble() : 1.0 / std::sqrt(double(dimOf(q)));
}

/// Trailing dims of `value` must be `expected`; the first one is free.
static LogicalResult verifyTrailing(Operation *op, StringRef name, Value value,
                                    ArrayRef<int64_t> expected) {
  ArrayRef<int64_t> got = tensorType(value).getShape().drop_front();
  if (got == expected)
    return success();
  InFlightDiagnostic diag = op->emitOpError() << "expected " << name << " to be [?";
  for (int64_t size : expected)
    diag << ", " << (ShapedType::isDynamic(size) ? "?" : std::to_string(size));
  return diag << "], got " << value.getType();
}

using NamedValue = std::pair<StringRef, Value>;

/// Row counts (dim 0) agree, where they are static. Absent values are skipped.
static LogicalResult verifyRows(Operation *op, ArrayRef<NamedValue> values) {
  const NamedValue *known = nullptr;
  for (const NamedValue &named : values) {
    if (!named.second || tensorType(named.second).isDynamicDim(0))
      continue;
    int64_t rows = tensorType(named.second).getDimSize(0);
    if (known && rows != tensorType(known->second).getDimSize(0))
      return op->emitOpError()
             << "expected " << known->first << " and " << named.first
             << " to agree in rows, got " << tensorType(known->second).getDimSize(0)
             << " and " << rows;
    known = &named;
  }
  return success();
}

/// There is a key row per `stride` tokens, where both counts are static.
static LogicalResult verifyKeyRows(Operation *op, Value q, Value k, int64_t stride) {
  int64_t tokens = tensorType(q).getDimSize(0), keys = tensorType(k).getDimSize(0);
  if (ShapedType::isDynamic(tokens) || ShapedType::isDynamic(keys) ||
      keys == tokens / stride)
    return success();
  return op->emitOpError() << "expected " << tokens / stride << " key rows for "
                           << tokens << " tokens of stride " << stride << ", got "
                           << keys;
}

//===----------------------------------------------------------------------===//
// compress
//===----------------------------------------------------------------------===//

static LogicalResult verifyShape(Operation *op, const Twine &name, Value value,
                                 ArrayRef<int64_t> expected) {
  if (tensorType(value).getShape() == expected)
    return success();
  InFlightDiagnostic diag = op->emitOpError() << "expected " << name << " to be [";
  llvm::interleaveComma(expected, diag);
  return diag << "], got " << value.getType();
}

LogicalResult CompressOp::verify() {
  if (failed(verifyStatic(*this, "input", getInput()))) // compress_c5
    return failure();
  int64_t kvHeads = headsOf(getInput()), rowDim = dimOf(getInput());
  int64_t block = getWindows().getBlock();
  SmallVector<StringRef> names = getPhi().getParameterNames();
  if (getParams().size() != names.size()) // compress_c1
    return emitOpError() << "expected " << names.size() << " parameters for phi = "
                         << stringifyPhiKind(getPhi().getKind()) << ", got "
                         << getParams().size();
  for (auto [i, param] : llvm::enumerate(getParams())) // compress_c2
    if (failed(verifyShape(*this, "parameter " + names[i], param,
                           getPhi().getParameterShape(i, kvHeads, block, rowDim))))
      return failure();
  if (getPositions() && // compress_c3
      failed(verifyShape(*this, "positions", getPositions(), {kvHeads, block, rowDim})))
    return failure();
  if (headsOf(getOutput()) != kvHeads || dimOf(getOutput()) != rowDim || // compress_c4
      tensorType(getOutput()).getElementType() !=
          tensorType(getInput()).getElementType())
    return emitOpError() << "expected input and output to agree in heads, dim and "
                            "element type, got "
                         << getInput().getType() << " and " << getOutput().getType();
  int64_t tokens = tensorType(getInput()).getDimSize(0);
  int64_t rows = tensorType(getOutput()).getDimSize(0),
          stride = getWindows().getStride();
  if (!ShapedType::isDynamic(tokens) && !ShapedType::isDynamic(rows) &&
      rows != tokens / stride) // compress_c6
    return emitOpError() << "expected " << tokens / stride << " output rows for "
                         << tokens << " tokens of stride " << stride << ", got "
                         << rows;
  return success();
}

//===----------------------------------------------------------------------===//
// attend
//===----------------------------------------------------------------------===//

/// One number per query head.
static LogicalResult verifyPerHead(Operation *op, StringRef name, Value value,
                                   Value q) {
  return value ? verifyShape(op, name, value, {headsOf(q)}) : success();
}

static LogicalResult verifyLearned(Operation *op, ValueRange learned, Value q) {
  for (Value value : learned)
    if (failed(verifyPerHead(op, "a learned value", value, q)))
      return failure();
  return success();
}

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

double AttendOp::getScaleOrDefault() { return scaleOrDefault(getScale(), getQ()); }

int64_t AttendOp::getGroupSize() { return headsOf(getQ()) / headsOf(getK()); }

static LogicalResult verifyIndices(AttendOp op) {
  if (op.getKeys().needsIndices() != bool(op.getIndices())) // attend_c6
    return op.emitOpError() << "expected indices exactly where the key set needs them, "
                            << "got " << (op.getIndices() ? "indices" : "no indices")
                            << " for " << op.getKeys();
  if (!op.getIndices())
    return success();
  if (headsOf(op.getIndices()) != headsOf(op.getK()) || dimOf(op.getIndices()) < 1)
    return op.emitOpError() << "expected indices to be [T, " << headsOf(op.getK())
                            << ", n] of a static n >= 1, got "
                            << op.getIndices().getType();
  if (dimOf(op.getIndices()) > kMostListed)
    return op.emitOpError() << "expected lists of at most " << kMostListed
                            << " blocks, got " << op.getIndices().getType();
  return success();
}

LogicalResult AttendOp::verify() {
  if (failed(verifyNumbers(*this, getKeys()))) // attend_c16
    return failure();
  if (failed(verifyStatic(*this, "q", getQ())) || // attend_c7
      failed(verifyStatic(*this, "k", getK())) ||
      failed(verifyStatic(*this, "v", getV())))
    return failure();
  if (failed(verifyGroups(*this, getQ(), getK()))) // attend_c1
    return failure();
  if (dimOf(getQ()) != dimOf(getK())) // attend_c2
    return emitOpError() << "expected q and k to agree in Dk, got " << dimOf(getQ())
                         << " and " << dimOf(getK());
  if (headsOf(getK()) != headsOf(getV())) // attend_c3
    return emitOpError() << "expected k and v to agree in heads, got "
                         << headsOf(getK()) << " and " << headsOf(getV());
  Type element = tensorType(getQ()).getElementType();
  for (Value value : {Value(getK()), Value(getV()), Value(getOut())}) // attend_c4
    if (tensorType(value).getElementType() != element)
      return emitOpError() << "expected q, k, v and out to agree in element type, got "
                           << element << " and " << tensorType(value).getElementType();
  if (failed(
          verifyTrailing(*this, "out", getOut(), {headsOf(getQ()), dimOf(getV())})) ||
      failed(verifyTrailing(*this, "lse", getLse(), {headsOf(getQ())}))) // attend_c5
    return failure();
  if (failed(verifyIndices(*this)) ||
      failed(verifyScale(*this, getScale()))) // attend_c8
    return failure();
  if (failed(verifyRows(*this, {{"q", getQ()}, // attend_c9
                                {"out", getOut()},
                                {"lse", getLse()},
                                {"indices", getIndices()}})) ||
      failed(verifyRows(*this, {{"k", getK()}, {"v", getV()}})))
    return failure();
  if (failed(verifyKeyRows(*this, getQ(), getK(), // attend_c10
                           getKeys().getKeyStride())) ||
      failed(verifyPerHead(*this, "sinks", getSinks(), getQ()))) // attend_c11
    return failure();
  if (getSinks() && failed(verifySinkScale(*this, getScale()))) // attend_c15
    return failure();
  return verifyLearned(*this, getLearned(), getQ());
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

double ScoreBlocksOp::getScaleOrDefault() { return scaleOrDefault(getScale(), getQ()); }

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
      failed(verifyKeyRows(*this, getQ(), getKc(), stride)))
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
  return verifyKeyRows(*this, getIq(), getIk(), stride);
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

/// combine_c6, of gates with `width` columns.
static LogicalResult verifyColumns(CombineOp op, int64_t width) {
  if (!op.getColumns())
    return success();
  ArrayRef<int64_t> columns = *op.getColumns();
  if (columns.size() != op.getBranches().size())
    return op.emitOpError() << "expected a column of the gates for each of "
                            << op.getBranches().size() << " branches, got "
                            << columns.size();
  for (int64_t column : columns)
    if (column < 0 || column >= width)
      return op.emitOpError() << "expected columns of the gates from 0 to " << width - 1
                              << ", got " << column;
  return success();
}

LogicalResult CombineOp::verify() {
  if (getBranches().empty()) // combine_c1
    return emitOpError() << "expected at least one branch, got none";
  for (Value branch : getBranches()) // combine_c2
    if (branch.getType() != getOut().getType())
      return emitOpError() << "expected branches and out to have one type, got "
                           << branch.getType() << " and " << getOut().getType();
  if (getBase() && getBase().getType() != getOut().getType()) // combine_c2
    return emitOpError() << "expected base and out to have one type, got "
                         << getBase().getType() << " and " << getOut().getType();
  int64_t width = getColumns() ? std::max<int64_t>(dimOf(getGates()), 1)
                               : int64_t(getBranches().size());
  if (failed(verifyStatic(*this, "out", getOut())) ||   // combine_c4
      failed(verifyTrailing(*this, "gates", getGates(), // combine_c3
                            {headsOf(getOut()), width})) ||
      failed(verifyColumns(*this, width)))
    return failure();
  return verifyRows(*this, {{"out", getOut()}, {"gates", getGates()}}); // combine_c5
}
