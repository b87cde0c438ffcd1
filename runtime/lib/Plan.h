//===- Plan.h - What calls with arrays of given shapes launch ---*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// All of a call that follows from shapes alone, so that a call which finds its plan has
// little more to do than to write addresses:
//
//   maps     map 0 | map 1 | ...               one address each is written per call
//   words    64 bits per other parameter       addresses among them are written per
//   call params   per launch: which map or word     what the driver takes
//
// A tensor map is in a plan but for its array's address: it is made of shapes and of
// what the kernel asks, and never kept with an address.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_RUNTIME_LIB_PLAN_H
#define FOVEA_RUNTIME_LIB_PLAN_H

#include "Evaluate.h"
#include "TensorMap.h"

#include <memory>
#include <mutex>

namespace fovea::rt {

/// What of a call an address is that of.
struct AddressSource {
  enum class Kind { Nothing, Argument, Workspace, Report };
  Kind kind = Kind::Nothing; // a null address
  uint32_t argument = 0;
  int64_t offset = 0; // in bytes, of Workspace and Report

  bool operator==(const AddressSource &other) const {
    return kind == other.kind && argument == other.argument && offset == other.offset;
  }
};

struct PlannedMap {
  AddressSource source;
  TensorMap encoded = {}; // of an address that nothing reads
  const Param *param = nullptr;
  Shape shape;
};

/// A word that takes an address.
struct PlannedAddress {
  uint32_t word = 0;
  AddressSource source;
};

/// Which map, or which word, a parameter of a kernel is.
struct PlannedParam {
  bool isMap = false;
  uint32_t number = 0;
};

/// A launch that has programs.
struct PlannedLaunch {
  uint32_t number = 0; // in its list: the entry's launches or checks
  uint32_t kernel = 0;
  int64_t programs = 0;
  size_t firstParam = 0;
  std::vector<uint32_t> after = {}; // those of the plan that must have ended
};

struct Plan {
  std::vector<Shape> shapes;    // of the arguments
  std::vector<uintptr_t> bytes; // of each
  std::vector<bool> isWritten;  // which of them launches may write
  int64_t workspaceBytes = 0;
  std::vector<PlannedMap> maps;
  std::vector<uint64_t> words;
  std::vector<PlannedAddress> addresses;
  std::vector<PlannedParam> params; // of all launches, then of all checks
  std::vector<PlannedLaunch> launches, checks;
  std::vector<int64_t> checkedTokens; // how many tokens each check says there are
};

/// Plans calls of `entry` with arrays of `shapes`, whose evaluation is given. Encodes
/// tensor maps: fails where an array does not fit one.
Status makePlan(const Driver &driver, const Program &program, const Entry &entry,
                const std::vector<Shape> &shapes, const Evaluation &evaluation,
                Plan &plan);

/// The plans of an entry that were used last. Its functions are thread-safe.
class PlanCache {
public:
  /// The plan for tensors of these types and shapes; null where there is none.
  std::shared_ptr<const Plan> find(const Entry &entry, const fovea_tensor_t *tensors,
                                   size_t count);
  void insert(std::shared_ptr<const Plan> plan);

private:
  std::mutex mutex;
  std::vector<std::shared_ptr<const Plan>> plans; // the last used one first
};

} // namespace fovea::rt

#endif // FOVEA_RUNTIME_LIB_PLAN_H
