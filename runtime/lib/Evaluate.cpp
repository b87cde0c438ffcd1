//===- Evaluate.cpp - A launch program for given array shapes -------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Evaluate.h"
#include "CheckedMath.h"

#include <algorithm>

using namespace fovea::rt;

using Integer = long long; // for printf

/// `a kind b`; what is wrong with it otherwise.
static const char *compute(Value::Kind kind, int64_t a, int64_t b, int64_t &result) {
  constexpr const char *overflow = "expected a 64-bit number, got an overflow";
  switch (kind) {
  case Value::Kind::Add:
    return checkedAdd(a, b, result) ? nullptr : overflow;
  case Value::Kind::Sub:
    return checkedSub(a, b, result) ? nullptr : overflow;
  case Value::Kind::Mul:
    return checkedMul(a, b, result) ? nullptr : overflow;
  case Value::Kind::DivU:
    // Unsigned, so a negative operand is a huge one: no size means that.
    if (a < 0 || b < 0)
      return "expected an unsigned division of numbers of at least 0, got a negative "
             "one";
    if (b == 0)
      return "expected a divisor other than 0, got 0";
    result = a / b;
    return nullptr;
  case Value::Kind::MinS:
    result = std::min(a, b);
    return nullptr;
  case Value::Kind::MaxS:
    result = std::max(a, b);
    return nullptr;
  case Value::Kind::Dim:
  case Value::Kind::Const:
    break;
  }
  return "expected an operation of two values";
}

static Status evaluateValues(const Entry &entry, const std::vector<Shape> &shapes,
                             std::vector<int64_t> &values) {
  for (const Value &value : entry.values) {
    int64_t result = value.constant;
    const char *problem = nullptr;
    auto [first, second] = value.operands;
    if (value.kind == Value::Kind::Dim)
      result = shapes[first].sizes[second];
    else if (value.kind != Value::Kind::Const)
      problem = compute(value.kind, values[first], values[second], result);
    if (problem)
      return invalidArgument(format("value %zu, of %lld and %lld: %s", values.size(),
                                    static_cast<Integer>(values[first]),
                                    static_cast<Integer>(values[second]), problem));
    values.push_back(result);
  }
  return {};
}

static int64_t evaluateSize(const Size &size, const std::vector<int64_t> &values) {
  return size.isValue ? values[size.value] : size.constant;
}

bool fovea::rt::countBytes(const Shape &shape, const ElementTypeInfo &type,
                           int64_t &bytes) {
  auto sizes = shape.sizes.begin();
  // An empty array has no bytes, however large its other sizes.
  if (std::find(sizes, sizes + shape.rank, 0) != sizes + shape.rank) {
    bytes = 0;
    return true;
  }
  bytes = type.bytes;
  for (uint32_t i = 0; i < shape.rank; ++i)
    if (!checkedMul(bytes, shape.sizes[i], bytes))
      return false;
  return true;
}

static Status evaluateWorkspace(const Entry &entry, Evaluation &result) {
  std::vector<WorkspaceItem> items;
  for (const Workspace &workspace : entry.workspace) {
    Shape shape;
    for (const Size &size : workspace.shape) {
      int64_t evaluated = evaluateSize(size, result.values);
      if (evaluated < 0)
        return invalidArgument(
            format("intermediate %zu: expected a size of at least 0, got %lld",
                   items.size(), static_cast<Integer>(evaluated)));
      shape.sizes[shape.rank++] = evaluated;
    }
    int64_t bytes = 0;
    if (!countBytes(shape, *workspace.type, bytes))
      return invalidArgument(format("intermediate %zu: expected a size that fits 64 "
                                    "bits, got an overflow: the arrays are too large",
                                    items.size()));
    result.workspaceShapes.push_back(shape);
    items.push_back({bytes, workspace.first, workspace.last});
  }
  return packWorkspace(items, result.workspace);
}

static Status evaluateGrid(const Launch &launch, const std::vector<int64_t> &values,
                           Grid &grid) {
  grid.sizes.fill(1);
  // Kernels count programs in 32 bits.
  for (size_t axis = 0; axis < launch.grid.size(); ++axis) {
    int64_t size = evaluateSize(launch.grid[axis], values);
    if (size < 0 || size > INT32_MAX)
      return invalidArgument(
          format("expected 0 to %d programs along axis %zu, got %lld", INT32_MAX, axis,
                 static_cast<Integer>(size)));
    grid.sizes[axis] = size;
    grid.programs *= size;
  }
  if (grid.programs > INT32_MAX)
    return invalidArgument(format("expected at most %d programs, got %lld", INT32_MAX,
                                  static_cast<Integer>(grid.programs)));
  return {};
}

Status fovea::rt::evaluate(const Entry &entry, const std::vector<Shape> &shapes,
                           Evaluation &result) {
  result = Evaluation();
  if (Status status = evaluateValues(entry, shapes, result.values); status.failed())
    return status.at(entry.name);
  if (Status status = evaluateWorkspace(entry, result); status.failed())
    return status.at(entry.name);
  for (const Launch &launch : entry.launches)
    if (Status status =
            evaluateGrid(launch, result.values, result.grids.emplace_back());
        status.failed())
      return status.at(entry.name + format(", launch %zu", result.grids.size() - 1));
  for (const Check &check : entry.checks)
    if (Status status =
            evaluateGrid(check.launch, result.values, result.checkGrids.emplace_back());
        status.failed())
      return status.at(entry.name +
                       format(", check %zu", result.checkGrids.size() - 1));
  return {};
}
