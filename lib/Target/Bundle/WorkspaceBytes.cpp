//===- WorkspaceBytes.cpp - how much memory a program's intermediates take ===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// In floating point, which does not wrap: the runtime refuses what does not fit 64
// bits, and this is for a reader.
//
//===----------------------------------------------------------------------===//

#include "fovea/Target/Bundle/LaunchProgram.h"

#include <algorithm>
#include <cmath>

using namespace fovea;

/// What each intermediate is aligned to (docs/bundle.md).
static constexpr double kWorkspaceAlignment = 256;

static double applyWord(llvm::StringRef word, double lhs, double rhs) {
  if (word == "addi")
    return lhs + rhs;
  if (word == "subi")
    return lhs - rhs;
  if (word == "muli")
    return lhs * rhs;
  if (word == "divui")
    return std::floor(lhs / rhs);
  return word == "minsi" ? std::min(lhs, rhs) : std::max(lhs, rhs);
}

/// The program's values for one batch.
static std::vector<double> computeValues(const LaunchProgram &program,
                                         const BatchSizes &sizes) {
  std::vector<double> values;
  for (const auto &[word, operands] : program.values) {
    if (word == "const") {
      values.push_back(operands[0]);
    } else if (word == "dim") {
      const EntryArgument &argument = program.signature.arguments[operands[0]];
      int64_t own = argument.shape[operands[1]];
      values.push_back(operands[1] == 0 ? argument.rows.getRows(own, sizes) : own);
    } else {
      values.push_back(applyWord(word, values[operands[0]], values[operands[1]]));
    }
  }
  return values;
}

double fovea::countWorkspaceBytes(const LaunchProgram &program,
                                  const BatchSizes &sizes) {
  std::vector<double> values = computeValues(program, sizes);
  std::vector<double> alive(program.launches.size());
  for (const Workspace &each : program.workspace) {
    double bytes = getByteWidth(each.type);
    for (const HostSize &size : each.shape) {
      const auto *value = std::get_if<ValueNumber>(&size);
      bytes *= value ? values[value->number] : double(std::get<int64_t>(size));
    }
    bytes = std::ceil(bytes / kWorkspaceAlignment) * kWorkspaceAlignment;
    for (int64_t launch = each.first; launch <= each.last; ++launch)
      alive[launch] += bytes;
  }
  return alive.empty() ? 0 : *std::max_element(alive.begin(), alive.end());
}
