//===- OperandChecks.cpp - constraints that operations share --------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "OperandChecks.h"

#include "Scale.h"
#include "fovea/Dialect/Attn/IR/KeySetContract.h"
#include "fovea/Dialect/Attn/IR/PackedShape.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

#include <cmath>

using namespace mlir;
using namespace fovea;
using namespace fovea::attn;

LogicalResult fovea::attn::verifyStatic(Operation *op, StringRef name, Value packed) {
  if (headsOf(packed) < 1 || dimOf(packed) < 1) // a dynamic size is negative
    return op->emitOpError() << "expected static heads and dim of " << name
                             << ", at least 1, got " << packed.getType();
  if (headsOf(packed) > kMostHeads || dimOf(packed) > kMostDim)
    return op->emitOpError() << "expected at most " << kMostHeads
                             << " heads and a dim of at most " << kMostDim << " of "
                             << name << ", got " << packed.getType();
  return success();
}

LogicalResult fovea::attn::verifyGroups(Operation *op, Value q, Value kv) {
  if (headsOf(q) % headsOf(kv) != 0)
    return op->emitOpError() << "expected kv heads to divide query heads, got "
                             << headsOf(kv) << " and " << headsOf(q);
  return success();
}

LogicalResult fovea::attn::verifyTrailing(Operation *op, StringRef name, Value value,
                                          ArrayRef<int64_t> expected) {
  ArrayRef<int64_t> got = tensorType(value).getShape().drop_front();
  if (got == expected)
    return success();
  InFlightDiagnostic diag = op->emitOpError() << "expected " << name << " to be [?";
  for (int64_t size : expected)
    diag << ", " << (ShapedType::isDynamic(size) ? "?" : std::to_string(size));
  return diag << "], got " << value.getType();
}

LogicalResult fovea::attn::verifyShape(Operation *op, const Twine &name, Value value,
                                       ArrayRef<int64_t> expected) {
  if (tensorType(value).getShape() == expected)
    return success();
  InFlightDiagnostic diag = op->emitOpError() << "expected " << name << " to be [";
  llvm::interleaveComma(expected, diag);
  return diag << "], got " << value.getType();
}

LogicalResult fovea::attn::verifyRows(Operation *op, ArrayRef<NamedValue> values) {
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

LogicalResult fovea::attn::verifyKeyRows(Operation *op, Value q, Value k,
                                         int64_t stride, Value sequences) {
  if (isBatch(sequences))
    return success();
  int64_t tokens = tensorType(q).getDimSize(0), keys = tensorType(k).getDimSize(0);
  if (ShapedType::isDynamic(tokens) || ShapedType::isDynamic(keys) ||
      keys == tokens / stride)
    return success();
  return op->emitOpError() << "expected " << tokens / stride << " key rows for "
                           << tokens << " tokens of stride " << stride << ", got "
                           << keys;
}

LogicalResult fovea::attn::verifyPerHead(Operation *op, StringRef name, Value value,
                                         Value q) {
  return value ? verifyShape(op, name, value, {headsOf(q)}) : success();
}

LogicalResult fovea::attn::verifyLearned(Operation *op, ValueRange learned, Value q) {
  for (Value value : learned)
    if (failed(verifyPerHead(op, "a learned value", value, q)))
      return failure();
  return success();
}

LogicalResult fovea::attn::verifyGradientElement(Operation *op, StringRef name,
                                                 Value gradient, Value value) {
  Type got = tensorType(gradient).getElementType();
  Type element = tensorType(value).getElementType();
  if (got == element || got.isF32())
    return success();
  InFlightDiagnostic diag = op->emitOpError() << "expected " << name << " to be of ";
  if (!element.isF32())
    diag << element << " or ";
  return diag << Float32Type::get(op->getContext()) << ", got " << got;
}

double fovea::attn::getScaleOrDefault(std::optional<APFloat> scale, Value q) {
  return scale ? scale->convertToDouble() : 1.0 / std::sqrt(double(dimOf(q)));
}

//===----------------------------------------------------------------------===//
// attend
//===----------------------------------------------------------------------===//

static LogicalResult verifyLists(Operation *op, const AttendOperands &operands) {
  auto [name, lists] = operands.lists;
  if (operands.keys.needsIndices() != bool(lists)) // attend_c6
    return op->emitOpError() << "expected " << name
                             << " exactly where the key set needs them, got "
                             << (lists ? "" : "no ") << name << " for "
                             << operands.keys;
  if (!lists)
    return success();
  if (headsOf(lists) != headsOf(operands.k) || dimOf(lists) < 1)
    return op->emitOpError() << "expected " << name << " to be [T, "
                             << headsOf(operands.k) << ", n] of a static n >= 1, got "
                             << lists.getType();
  if (dimOf(lists) > kMostListed)
    return op->emitOpError() << "expected lists of at most " << kMostListed
                             << " blocks, got " << lists.getType();
  return success();
}

LogicalResult fovea::attn::verifyAttend(Operation *op, const AttendOperands &operands) {
  const auto &[q, k, v, sequences, out, stats, lists, learned, keys, scale] = operands;
  if (failed(verifyNumbers(op, keys))) // attend_c16
    return failure();
  if (failed(verifyStatic(op, "q", q)) || // attend_c7
      failed(verifyStatic(op, "k", k)) || failed(verifyStatic(op, "v", v)))
    return failure();
  if (failed(verifyGroups(op, q, k))) // attend_c1
    return failure();
  if (dimOf(q) != dimOf(k)) // attend_c2
    return op->emitOpError() << "expected q and k to agree in Dk, got " << dimOf(q)
                             << " and " << dimOf(k);
  if (headsOf(k) != headsOf(v)) // attend_c3
    return op->emitOpError() << "expected k and v to agree in heads, got " << headsOf(k)
                             << " and " << headsOf(v);
  Type element = tensorType(q).getElementType();
  for (Value value : {k, v, out.second}) // attend_c4
    if (tensorType(value).getElementType() != element)
      return op->emitOpError() << "expected q, k, v and " << out.first
                               << " to agree in element type, got " << element
                               << " and " << tensorType(value).getElementType();
  if (failed(verifyTrailing(op, out.first, out.second, {headsOf(q), dimOf(v)})))
    return failure();                     // attend_c5
  for (const auto &[name, value] : stats) // attend_c5
    if (failed(verifyTrailing(op, name, value, {headsOf(q)})))
      return failure();
  if (failed(verifyLists(op, operands)) || failed(verifyScale(op, scale))) // attend_c8
    return failure();
  SmallVector<NamedValue> rows{{"q", q}, out}; // attend_c9
  rows.append(stats);
  rows.push_back(lists);
  if (failed(verifyRows(op, rows)) || failed(verifyRows(op, {{"k", k}, {"v", v}})))
    return failure();
  if (failed(verifyKeyRows(op, q, k, keys.getKeyStride(), sequences))) // attend_c10
    return failure();
  return verifyLearned(op, learned, q); // attend_c11
}

//===----------------------------------------------------------------------===//
// compress
//===----------------------------------------------------------------------===//

LogicalResult fovea::attn::verifyCompress(Operation *op,
                                          const CompressOperands &operands) {
  const auto &[input, params, positions, output, windows, phi] = operands;
  if (failed(verifyStatic(op, "input", input))) // compress_c5
    return failure();
  int64_t kvHeads = headsOf(input), rowDim = dimOf(input), block = windows.getBlock();
  SmallVector<StringRef> names = phi.getParameterNames();
  if (params.size() != names.size()) // compress_c1
    return op->emitOpError() << "expected " << names.size() << " parameters for phi = "
                             << stringifyPhiKind(phi.getKind()) << ", got "
                             << params.size();
  for (auto [i, param] : llvm::enumerate(params)) // compress_c2
    if (failed(verifyShape(op, "parameter " + names[i], param,
                           phi.getParameterShape(i, kvHeads, block, rowDim))))
      return failure();
  if (positions && // compress_c3
      failed(verifyShape(op, "positions", positions, {kvHeads, block, rowDim})))
    return failure();
  if (headsOf(output.second) != kvHeads || // compress_c4
      dimOf(output.second) != rowDim ||
      tensorType(output.second).getElementType() != tensorType(input).getElementType())
    return op->emitOpError() << "expected input and " << output.first
                             << " to agree in heads, dim and element type, got "
                             << input.getType() << " and " << output.second.getType();
  int64_t tokens = tensorType(input).getDimSize(0), stride = windows.getStride();
  int64_t rows = tensorType(output.second).getDimSize(0);
  if (!ShapedType::isDynamic(tokens) && !ShapedType::isDynamic(rows) &&
      rows != tokens / stride) // compress_c6
    return op->emitOpError() << "expected " << tokens / stride << " " << output.first
                             << " rows for " << tokens << " tokens of stride " << stride
                             << ", got " << rows;
  return success();
}

//===----------------------------------------------------------------------===//
// combine
//===----------------------------------------------------------------------===//

/// combine_c6, of gates with `width` columns.
static LogicalResult verifyColumns(Operation *op, const CombineOperands &operands,
                                   int64_t width) {
  if (!operands.columns)
    return success();
  ArrayRef<int64_t> columns = *operands.columns;
  if (columns.size() != operands.branches.size())
    return op->emitOpError() << "expected a column of the gates for each of "
                             << operands.branches.size() << " branches, got "
                             << columns.size();
  for (int64_t column : columns)
    if (column < 0 || column >= width)
      return op->emitOpError() << "expected columns of the gates from 0 to "
                               << width - 1 << ", got " << column;
  return success();
}

LogicalResult fovea::attn::verifyCombine(Operation *op,
                                         const CombineOperands &operands) {
  const auto &[branches, gates, base, out, columns] = operands;
  if (branches.empty()) // combine_c1
    return op->emitOpError() << "expected at least one branch, got none";
  for (Value branch : branches) // combine_c2
    if (branch.getType() != out.second.getType())
      return op->emitOpError()
             << "expected branches and " << out.first << " to have one type, got "
             << branch.getType() << " and " << out.second.getType();
  if (base && base.getType() != out.second.getType()) // combine_c2
    return op->emitOpError() << "expected base and " << out.first
                             << " to have one type, got " << base.getType() << " and "
                             << out.second.getType();
  int64_t width =
      columns ? std::max<int64_t>(dimOf(gates), 1) : int64_t(branches.size());
  if (failed(verifyStatic(op, out.first, out.second)) || // combine_c4
      failed(verifyTrailing(op, "gates", gates,          // combine_c3
                            {headsOf(out.second), width})) ||
      failed(verifyColumns(op, operands, width)))
    return failure();
  return verifyRows(op, {out, {"gates", gates}}); // combine_c5
}
