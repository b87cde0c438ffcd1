//===- GradOps.cpp - verifiers of the gradients of attn operations --------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "OperandChecks.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/IR/PackedShape.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace fovea;
using namespace fovea::attn;

//===----------------------------------------------------------------------===//
// attend
//===----------------------------------------------------------------------===//

LogicalResult AttendDeltaOp::verify() {
  if (failed(verifyStatic(*this, "dout", getDout()))) // attend_delta_c3
    return failure();
  if (tensorType(getDout()).getShape().drop_front() != // attend_delta_c1
          tensorType(getOut()).getShape().drop_front() ||
      tensorType(getDout()).getElementType() != tensorType(getOut()).getElementType())
    return emitOpError()
           << "expected dout and out to agree in heads, dim and element type, got "
           << getDout().getType() << " and " << getOut().getType();
  if (getDlse() && // attend_delta_c2
      failed(verifyTrailing(*this, "dlse", getDlse(), {headsOf(getDout())})))
    return failure();
  if (failed(verifyTrailing(*this, "delta", getDelta(), {headsOf(getDout())})))
    return failure();
  return verifyRows(*this, {{"dout", getDout()}, // attend_delta_c4
                            {"out", getOut()},
                            {"dlse", getDlse()},
                            {"delta", getDelta()}});
}

/// attend_grad_q_c1 and attend_grad_kv_c1, and the attention's own constraints.
template <typename OpT>
static LogicalResult verifyAttendGrad(OpT op, NamedValue lists) {
  return verifyAttend(op, {op.getQ(),
                           op.getK(),
                           op.getV(),
                           op.getCuSeqlens(),
                           {"dout", op.getDout()},
                           {{"lse", op.getLse()}, {"delta", op.getDelta()}},
                           lists,
                           op.getLearned(),
                           op.getKeys(),
                           op.getScale()});
}

LogicalResult AttendGradQOp::verify() {
  if (failed(verifyAttendGrad(*this, {"indices", getIndices()})))
    return failure();
  if (failed(verifyTrailing(*this, "dq", getDq(), // attend_grad_q_c2
                            {headsOf(getQ()), dimOf(getQ())})) ||
      failed(verifyGradientElement(*this, "dq", getDq(), getQ())))
    return failure();
  if (getBase() && getBase().getType() != getDq().getType()) // attend_grad_q_c5
    return emitOpError() << "expected base and dq to have one type, got "
                         << getBase().getType() << " and " << getDq().getType();
  if (getDlearned().size() != getLearned().size()) // attend_grad_q_c3
    return emitOpError() << "expected a gradient for each of " << getLearned().size()
                         << " learned values, got " << getDlearned().size();
  SmallVector<NamedValue> rows{{"q", getQ()}, {"dq", getDq()}};
  for (Value gradient : getDlearned()) {
    if (failed(verifyTrailing(*this, "the gradient of a learned value", gradient,
                              {headsOf(getQ())})))
      return failure();
    rows.push_back({"the gradient of a learned value", gradient});
  }
  return verifyRows(*this, rows); // attend_grad_q_c4
}

/// attend_grad_kv_c4.
static LogicalResult verifyBounds(AttendGradKVOp op) {
  Value bounds = op.getBounds();
  if (bool(bounds) != bool(op.getEntries()))
    return op.emitOpError() << "expected bounds exactly where there are entries, got "
                            << (bounds ? "bounds alone" : "entries alone");
  if (!bounds)
    return success();
  if (failed(verifyTrailing(op, "bounds", bounds, {headsOf(op.getK()), 2})))
    return failure();
  if (isBatch(op.getCuSeqlens())) // blocks of keys, whose rows are not q's
    return success();
  return verifyRows(op, {{"q", op.getQ()}, {"bounds", bounds}});
}

LogicalResult AttendGradKVOp::verify() {
  if (failed(verifyAttendGrad(*this, {"entries", getEntries()})) ||
      failed(verifyBounds(*this)))
    return failure();
  for (auto [name, gradient, value] :
       {std::tuple<StringRef, Value, Value>("dk", getDk(), getK()),
        std::tuple<StringRef, Value, Value>("dv", getDv(), getV())})
    if (failed(verifyTrailing(*this, name, gradient, // attend_grad_kv_c2
                              {headsOf(value), dimOf(value)})) ||
        failed(verifyGradientElement(*this, name, gradient, value)))
      return failure();
  return verifyRows(*this, {{"k", getK()}, // attend_grad_kv_c3
                            {"v", getV()},
                            {"dk", getDk()},
                            {"dv", getDv()}});
}

LogicalResult AttendGradQOp::verifyRegions() {
  return verifyScoreRegion(*this, getScoreRegion(), getLearned().size());
}

LogicalResult AttendGradKVOp::verifyRegions() {
  return verifyScoreRegion(*this, getScoreRegion(), getLearned().size());
}

void AttendGradQOp::getAsmBlockArgumentNames(Region &region,
                                             OpAsmSetValueNameFn setName) {
  nameScoreArguments(region, setName);
}

void AttendGradKVOp::getAsmBlockArgumentNames(Region &region,
                                              OpAsmSetValueNameFn setName) {
  nameScoreArguments(region, setName);
}

double AttendGradQOp::getScaleOrDefault() {
  return attn::getScaleOrDefault(getScale(), getQ());
}

double AttendGradKVOp::getScaleOrDefault() {
  return attn::getScaleOrDefault(getScale(), getQ());
}

/// The heads of [Hq] are a static number, 1 to the most.
static LogicalResult verifyHeadCount(Operation *op, StringRef name, Value perHead) {
  int64_t heads = tensorType(perHead).getDimSize(0);
  if (heads >= 1 && heads <= kMostHeads)
    return success();
  return op->emitOpError() << "expected 1 to " << kMostHeads << " heads of " << name
                           << ", got " << perHead.getType();
}

LogicalResult AttendGradSinksOp::verify() {
  if (failed(verifyHeadCount(*this, "sinks", getSinks()))) // attend_grad_sinks_c1
    return failure();
  int64_t heads = tensorType(getSinks()).getDimSize(0);
  if (failed(verifyShape(*this, "dsinks", getDsinks(), {heads})) ||
      failed(verifyTrailing(*this, "lse", getLse(), {heads})) ||
      failed(verifyTrailing(*this, "delta", getDelta(), {heads})))
    return failure();
  return verifyRows(*this, {{"lse", getLse()}, // attend_grad_sinks_c2
                            {"delta", getDelta()}});
}

LogicalResult SumTokensOp::verify() {
  if (failed(verifyHeadCount(*this, "sums", getSums()))) // sum_tokens_c1
    return failure();
  return verifyTrailing(*this, "rows", getRows(),
                        {tensorType(getSums()).getDimSize(0)});
}

LogicalResult InvertListsOp::verify() {
  int64_t heads = headsOf(getIndices()), listed = dimOf(getIndices());
  if (heads < 1 || heads > kMostHeads || listed < 1 || listed > kMostListed)
    return emitOpError() // invert_lists_c1
           << "expected static kv heads of indices, 1 to " << kMostHeads
           << ", and lists of 1 to " << kMostListed << " blocks, got "
           << getIndices().getType();
  if (failed(verifyTrailing(*this, "bounds", getBounds(),
                            {heads, 2})) || // invert_lists_c2
      failed(verifyTrailing(*this, "entries", getEntries(),
                            {heads, listed}))) // invert_lists_c3
    return failure();
  int64_t block = getBlock();
  if (block < 1 || block > kMaxSize) // invert_lists_c4
    return emitOpError() << "expected a block of 1 to " << kMaxSize << " tokens, got "
                         << block;
  if (bool(getK()) != isBatch(getCuSeqlens())) // invert_lists_c7
    return emitOpError() << "expected k exactly where there is a batch, got "
                         << (getK() ? "k over cu_seqlens" : "a batch alone");
  if (failed(verifyRows(*this, {{"k", getK()}, {"bounds", getBounds()}})))
    return failure(); // invert_lists_c5; absent values are skipped
  SmallVector<NamedValue> tokenRows{{"indices", getIndices()},
                                    {"entries", getEntries()}};
  if (!isBatch(getCuSeqlens())) // bounds have a row for each of the keys'
    tokenRows.push_back({"bounds", getBounds()});
  if (failed(verifyRows(*this, tokenRows))) // invert_lists_c5
    return failure();
  for (Value rows : {getIndices(), getBounds(), getEntries()}) { // invert_lists_c6
    int64_t tokens = tensorType(rows).getDimSize(0);
    if (!ShapedType::isDynamic(tokens) && tokens > getMostTokens())
      return emitOpError() << "expected at most " << kMaxSize << " entries, got "
                           << tokens << " tokens of " << listed * heads;
  }
  return success();
}

/// Entries of all heads together are counted in 32 bits.
int64_t InvertListsOp::getMostTokens() {
  return kMaxSize / (dimOf(getIndices()) * headsOf(getIndices()));
}

//===----------------------------------------------------------------------===//
// compress, combine, and sums
//===----------------------------------------------------------------------===//

template <typename OpT> static LogicalResult verifyCompressGrad(OpT op) {
  return verifyCompress(op, {op.getInput(),
                             op.getParams(),
                             op.getPositions(),
                             {"dout", op.getDout()},
                             op.getWindows(),
                             op.getPhi()});
}

template <typename OpT> static int64_t getHiddenSize(OpT op) {
  return op.getPhi().getHiddenSize(op.getWindows().getBlock());
}

/// What a hidden layer has of each window.
template <typename OpT>
static LogicalResult verifyHiddenRows(OpT op, StringRef name, Value value) {
  if (failed(verifyTrailing(op, name, value,
                            {headsOf(op.getInput()), getHiddenSize(op)})) ||
      failed(verifyGradientElement(op, name, value, op.getInput())))
    return failure();
  return verifyRows(op, {{"dout", op.getDout()}, {name, value}});
}

LogicalResult CompressGradHiddenOp::verify() {
  if (failed(verifyCompressGrad(*this)))
    return failure();
  if (!getHiddenSize(*this)) // compress_grad_hidden_c1
    return emitOpError()
           << "expected phi of mlp or gated, which alone has a hidden layer, "
              "got "
           << stringifyPhiKind(getPhi().getKind());
  if (failed(verifyHiddenRows(*this, "active", getActive()))) // compress_grad_hidden_c2
    return failure();
  return verifyHiddenRows(*this, "dhidden", getDhidden());
}

/// compress_grad_input_c2 and compress_grad_params_c3.
template <typename OpT> static LogicalResult verifyHidden(OpT op) {
  size_t wanted = getHiddenSize(op) ? 2 : 0;
  if (op.getHidden().size() != wanted)
    return op.emitOpError() << "expected " << wanted
                            << " values of a hidden layer for phi = "
                            << stringifyPhiKind(op.getPhi().getKind()) << ", got "
                            << op.getHidden().size();
  static constexpr StringLiteral kNames[] = {"active", "dhidden"};
  for (auto [name, value] : llvm::zip(kNames, op.getHidden()))
    if (failed(verifyHiddenRows(op, name, value)))
      return failure();
  return success();
}

LogicalResult CompressGradInputOp::verify() {
  if (failed(verifyCompressGrad(*this)) || failed(verifyHidden(*this)) ||
      // compress_grad_input_c1
      failed(verifyTrailing(*this, "dinput", getDinput(),
                            {headsOf(getInput()), dimOf(getInput())})) ||
      failed(verifyGradientElement(*this, "dinput", getDinput(), getInput())))
    return failure();
  return verifyRows(*this, {{"input", getInput()}, {"dinput", getDinput()}});
}

LogicalResult CompressGradParamsOp::verify() {
  if (failed(verifyCompressGrad(*this)) || failed(verifyHidden(*this)))
    return failure();
  SmallVector<Value> values(getParams());
  if (getPositions())
    values.push_back(getPositions());
  if (getGrads().size() != values.size() || values.empty()) // compress_grad_params_c1
    return emitOpError() << "expected a gradient for each parameter and the positions, "
                            "at least one, got "
                         << getGrads().size() << " for " << values.size();
  for (auto [i, pair] : llvm::enumerate(llvm::zip_equal(getGrads(), values))) {
    auto [gradient, value] = pair; // compress_grad_params_c2
    std::string name = "gradient " + std::to_string(i);
    if (failed(verifyShape(*this, name, gradient, tensorType(value).getShape())) ||
        failed(verifyGradientElement(*this, name, gradient, value)))
      return failure();
  }
  return success();
}

LogicalResult CombineGradGatesOp::verify() {
  if (failed(verifyCombine(*this, {getBranches(),
                                   getGates(),
                                   /*base=*/{},
                                   {"dout", getDout()},
                                   getColumns()})) ||
      failed(verifyTrailing(*this, "dgates", getDgates(), // combine_grad_gates_c1
                            {headsOf(getGates()), dimOf(getGates())})) ||
      failed(verifyGradientElement(*this, "dgates", getDgates(), getGates())))
    return failure();
  SmallVector<NamedValue> rows{{"gates", getGates()}, {"dgates", getDgates()}};
  size_t attentions = getLses().size();
  if (attentions && (attentions != getBranches().size() || // combine_grad_gates_c2
                     getMode() != GateMode::Logits))
    return emitOpError()
           << "expected an lse for each branch, of gates that are logits, "
              "got "
           << attentions << " for " << getBranches().size() << " with "
           << stringifyGateMode(getMode());
  if (getGated().size() != attentions || getDeltas().size() != attentions)
    return emitOpError() << "expected " << attentions // combine_grad_gates_c3
                         << " of gated and of deltas each, as of lses, got "
                         << getGated().size() + getDeltas().size() << " in all";
  auto add = [&](StringRef name, ValueRange values) {
    for (Value value : values) {
      if (failed(verifyTrailing(*this, name, value, {headsOf(getGates())})))
        return failure();
      rows.push_back({name, value});
    }
    return success();
  };
  if (failed(add("lse", getLses())) || failed(add("gated", getGated())) ||
      failed(add("delta", getDeltas())))
    return failure();
  return verifyRows(*this, rows); // combine_grad_gates_c4
}

LogicalResult SumOp::verify() {
  if (getParts().empty()) // sum_c1
    return emitOpError() << "expected at least one part, got none";
  for (Value part : getParts()) // sum_c2
    if (tensorType(part).getShape() != tensorType(getOut()).getShape())
      return emitOpError() << "expected parts and out to have one shape, got "
                           << part.getType() << " and " << getOut().getType();
  std::optional<RowCount> rows = parseRowCount(getRows());
  if (!rows || rows->kind == RowKind::SequenceEnds) // sum_c3
    return emitOpError() << "expected rows of \"static\", \"tokens\" or \"tokens / "
                            "<number>\", got "
                         << getRowsAttr();
  return success();
}
