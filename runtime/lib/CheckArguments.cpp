//===- CheckArguments.cpp - Whether tensors fit an entry ------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "CheckArguments.h"

#include <algorithm>

using namespace fovea::rt;

using Integer = long long; // for printf

static constexpr uintptr_t tensorAlignment = 16;

static bool isAligned(const void *address, uintptr_t alignment) {
  return reinterpret_cast<uintptr_t>(address) % alignment == 0;
}

static Status checkTypeAndRank(const Argument &argument, const fovea_tensor_t &tensor) {
  if (tensor.type != argument.type->type) {
    const ElementTypeInfo *got = findElementType(int64_t(tensor.type));
    return invalidArgument(
        std::string("expected ") + argument.type->name + ", got " +
        (got ? got->name : format("the unknown type %d", int(tensor.type))));
  }
  if (tensor.rank != argument.shape.rank)
    return invalidArgument(
        format("expected rank %u, got %u", argument.shape.rank, tensor.rank));
  if (tensor.rank != 0 && !tensor.shape)
    return invalidArgument("expected a shape, got null");
  return {};
}

static bool isOfSequenceEnds(fovea_rows_t rows) {
  return rows == FOVEA_ROWS_SEQUENCE_ENDS || rows == FOVEA_ROWS_KEY_SEQUENCE_ENDS;
}

static bool isOfTokens(fovea_rows_t rows) {
  return rows == FOVEA_ROWS_TOKENS || rows == FOVEA_ROWS_KEY_TOKENS;
}

/// Rows past the sequences of an argument that counts these.
static int64_t countExtra(fovea_rows_t rows) { return isOfSequenceEnds(rows) ? 1 : 0; }

/// Whether two arguments count the same, one of them perhaps a row more.
static bool countTheSame(fovea_rows_t one, fovea_rows_t other) {
  auto countsSequences = [](fovea_rows_t rows) {
    return isOfSequenceEnds(rows) || rows == FOVEA_ROWS_SEQUENCES;
  };
  return one == other || (countsSequences(one) && countsSequences(other));
}

static Status checkSizes(const Argument &argument, const fovea_tensor_t &tensor,
                         Shape &shape) {
  shape.rank = tensor.rank;
  for (uint32_t axis = 0; axis < shape.rank; ++axis) {
    int64_t expected = argument.shape.sizes[axis], got = tensor.shape[axis];
    shape.sizes[axis] = got;
    if (got < 0)
      return invalidArgument(format("expected a size of at least 0 along axis %u, got "
                                    "%lld",
                                    axis, static_cast<Integer>(got)));
    if (expected != dynamicSize && got != expected)
      return invalidArgument(format("expected size %lld along axis %u, got %lld",
                                    static_cast<Integer>(expected), axis,
                                    static_cast<Integer>(got)));
  }
  if (isOfSequenceEnds(argument.rows) && shape.sizes[0] == 0)
    return invalidArgument("expected sequences + 1 sequence ends, got 0");
  int64_t bytes;
  if (!countBytes(shape, *argument.type, bytes))
    return invalidArgument("expected a size that fits 64 bits, got an overflow");
  return {};
}

/// The argument that says what argument `number` must have: the first that counts the
/// same. Compressed rows follow from the tokens of one that has a row for each.
static size_t findCounter(const Entry &entry, size_t number) {
  const Argument &argument = entry.arguments[number];
  for (size_t i = 0; i < entry.arguments.size(); ++i)
    if (countTheSame(entry.arguments[i].rows, argument.rows) &&
        entry.arguments[i].tokensPerRow == 1)
      return i;
  for (size_t i = 0; i < number; ++i)
    if (countTheSame(entry.arguments[i].rows, argument.rows) &&
        entry.arguments[i].tokensPerRow == argument.tokensPerRow)
      return i;
  return number;
}

/// Whether the first size is the batch's.
static Status checkRows(const Entry &entry, size_t number,
                        const std::vector<Shape> &shapes) {
  const Argument &argument = entry.arguments[number];
  if (argument.rows == FOVEA_ROWS_STATIC)
    return {};
  size_t counter = findCounter(entry, number);
  const Argument &other = entry.arguments[counter];
  auto count = static_cast<Integer>(shapes[counter].sizes[0] - countExtra(other.rows) +
                                    countExtra(argument.rows));
  auto got = static_cast<Integer>(shapes[number].sizes[0]);
  Integer perRow = argument.tokensPerRow / other.tokensPerRow;
  if (counter == number && isOfTokens(argument.rows) &&
      got > entry.mostTokens / argument.tokensPerRow)
    return invalidArgument(format("expected at most %lld tokens, got %lld",
                                  static_cast<Integer>(entry.mostTokens),
                                  got * static_cast<Integer>(argument.tokensPerRow)));
  if (got == count / perRow)
    return {};
  if (perRow != 1)
    return invalidArgument(
        format("expected %lld rows as '%s' has %lld tokens, of which "
               "a row counts %lld, got %lld",
               count / perRow, other.name.c_str(), count, perRow, got));
  const char *what = isOfSequenceEnds(argument.rows)         ? "sequence ends"
                     : argument.rows == FOVEA_ROWS_SEQUENCES ? "sequences"
                     : argument.rows == FOVEA_ROWS_PAGES     ? "pages"
                     : argument.tokensPerRow == 1            ? "tokens"
                                                             : "rows";
  return invalidArgument(format("expected %lld %s as '%s' has, got %lld", count, what,
                                other.name.c_str(), got));
}

std::string fovea::rt::getPlace(const Entry &entry, size_t argument) {
  return entry.name + ", argument '" + entry.arguments[argument].name + "'";
}

Status fovea::rt::checkShapes(const Entry &entry, const fovea_tensor_t *tensors,
                              size_t count, std::vector<Shape> &shapes) {
  if (count != entry.arguments.size())
    return invalidArgument(entry.name + format(": expected %zu tensors, got %zu",
                                               entry.arguments.size(), count));
  if (count != 0 && !tensors)
    return invalidArgument(entry.name + ": expected tensors, got null");
  shapes.assign(count, Shape());
  for (size_t i = 0; i < count; ++i) {
    Status status = checkTypeAndRank(entry.arguments[i], tensors[i]);
    if (!status.failed())
      status = checkSizes(entry.arguments[i], tensors[i], shapes[i]);
    if (status.failed())
      return status.at(getPlace(entry, i));
  }
  for (size_t i = 0; i < count; ++i)
    if (Status status = checkRows(entry, i, shapes); status.failed())
      return status.at(getPlace(entry, i));
  return {};
}

/// Whether an array may be at `address`.
static Status checkAddress(const void *address, uintptr_t alignment) {
  if (!address)
    return invalidArgument("expected a device address, got null");
  if (!isAligned(address, alignment))
    return invalidArgument(format("expected an address aligned to %zu bytes, got %p",
                                  static_cast<size_t>(alignment), address));
  return {};
}

bool fovea::rt::isEmpty(const fovea_tensor_t &tensor) {
  return std::find(tensor.shape, tensor.shape + tensor.rank, 0) !=
         tensor.shape + tensor.rank;
}

Status fovea::rt::checkTensors(const Entry &entry, const fovea_call_t &call) {
  for (size_t i = 0; i < call.tensor_count; ++i)
    if (!isEmpty(call.tensors[i]))
      if (Status status = checkAddress(call.tensors[i].data, tensorAlignment);
          status.failed())
        return status.at(getPlace(entry, i));
  return {};
}

Status fovea::rt::checkWorkspace(const Entry &entry, const fovea_call_t &call,
                                 int64_t bytes) {
  if (bytes == 0)
    return {};
  Status status = checkAddress(call.workspace, workspaceAlignment);
  if (call.workspace_bytes < static_cast<uint64_t>(bytes))
    status = invalidArgument(format("expected at least %lld bytes, got %zu",
                                    static_cast<Integer>(bytes), call.workspace_bytes));
  return status.failed() ? status.at(entry.name + ", workspace") : Status();
}

Status fovea::rt::checkReport(const Entry &entry, const fovea_call_t &call) {
  if (entry.checks.empty())
    return {};
  Status status = checkAddress(call.report, alignof(int32_t));
  if (call.report_count < entry.checks.size())
    status = invalidArgument(format("expected at least %zu elements, got %zu",
                                    entry.checks.size(), call.report_count));
  return status.failed() ? status.at(entry.name + ", report") : Status();
}
