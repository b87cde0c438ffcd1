//===- Plan.cpp - What calls with arrays of given shapes launch -----------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Plan.h"
#include "LaunchOrder.h"

#include <algorithm>
#include <cstring>

using namespace fovea::rt;

// A server sees a handful of shapes at a time; what is dropped is planned again.
static constexpr size_t maxPlans = 16;

static bool isEmpty(const Shape &shape) {
  auto end = shape.sizes.begin() + shape.rank;
  return std::find(shape.sizes.begin(), end, 0) != end;
}

namespace {

class Planner {
public:
  Planner(const Driver &driver, const Program &program, const Entry &entry,
          const Evaluation &evaluation, Plan &plan)
      : driver(driver), program(program), entry(entry), evaluation(evaluation),
        plan(plan) {}

  Status run();

private:
  struct View {
    ArrayView array;
    AddressSource source;
  };

  Status addLaunch(const Launch &launch, const Grid &grid, uint32_t number,
                   std::vector<PlannedLaunch> &launches);
  Status addParam(const Param &param, const Launch &launch, const Grid &grid);
  Status addScalar(ScalarType type, int64_t value);
  Status addTensorMap(const Param &param, const View &view);
  template <typename T> void addWord(T value) {
    static_assert(sizeof(T) <= sizeof(uint64_t), "a parameter of one word");
    plan.params.push_back({/*isMap=*/false, static_cast<uint32_t>(plan.words.size())});
    std::memcpy(&plan.words.emplace_back(0), &value, sizeof(T));
  }
  void addAddress(const AddressSource &source);
  View getView(const Operand &operand) const;
  AddressSource getAnySource() const;
  std::vector<MemoryUse> getUses(const Launch &launch) const;
  void addOrder();

  const Driver &driver;
  const Program &program;
  const Entry &entry;
  const Evaluation &evaluation;
  Plan &plan;
};

} // namespace

Planner::View Planner::getView(const Operand &operand) const {
  View view;
  if (operand.kind == Operand::Kind::Argument) {
    view.array = {entry.arguments[operand.number].type, plan.shapes[operand.number]};
    view.source = {AddressSource::Kind::Argument, operand.number};
  } else if (operand.kind == Operand::Kind::Report) {
    auto offset = static_cast<int64_t>(operand.number * sizeof(int32_t));
    view.source = {AddressSource::Kind::Report, 0, offset};
  } else {
    view.array = {entry.workspace[operand.number].type,
                  evaluation.workspaceShapes[operand.number]};
    if (!isEmpty(view.array.shape))
      view.source = {AddressSource::Kind::Workspace, 0,
                     evaluation.workspace.offsets[operand.number]};
  }
  return view;
}

/// Some memory of the call's, for the map of an array that has none.
AddressSource Planner::getAnySource() const {
  if (plan.workspaceBytes != 0)
    return {AddressSource::Kind::Workspace};
  for (uint32_t i = 0; i < plan.shapes.size(); ++i)
    if (!isEmpty(plan.shapes[i]))
      return {AddressSource::Kind::Argument, i};
  return {};
}

void Planner::addAddress(const AddressSource &source) {
  if (source.kind != AddressSource::Kind::Nothing)
    plan.addresses.push_back({static_cast<uint32_t>(plan.words.size()), source});
  addWord(uint64_t(0));
}

Status Planner::addScalar(ScalarType type, int64_t value) {
  switch (type) {
  case ScalarType::I64:
    addWord(value);
    break;
  case ScalarType::F32:
    addWord(static_cast<float>(value));
    break;
  case ScalarType::I32:
    if (value < INT32_MIN || value > INT32_MAX)
      return invalidArgument(format("expected a value of 32 bits, got %lld: the arrays "
                                    "are too large",
                                    static_cast<long long>(value)));
    addWord(static_cast<int32_t>(value));
    break;
  }
  return {};
}

/// Kernels that ask the same of one array share its map.
Status Planner::addTensorMap(const Param &param, const View &view) {
  PlannedMap map{view.source, {}, &param, view.array.shape};
  if (isEmpty(view.array.shape))
    map.source = getAnySource();
  if (map.source.kind == AddressSource::Kind::Nothing)
    return invalidArgument("expected an array with elements in the call, got none");
  auto same = [&](const PlannedMap &other) {
    return other.source == map.source && other.param->box == param.box &&
           other.param->boxRank == param.boxRank &&
           other.param->swizzleBytes == param.swizzleBytes &&
           other.shape.rank == map.shape.rank && other.shape.sizes == map.shape.sizes;
  };
  auto found = std::find_if(plan.maps.begin(), plan.maps.end(), same);
  plan.params.push_back(
      {/*isMap=*/true, static_cast<uint32_t>(found - plan.maps.begin())});
  if (found != plan.maps.end())
    return {};
  Status status = encodeTensorMap(driver, param, view.array, map.encoded);
  plan.maps.push_back(map);
  return status;
}

Status Planner::addParam(const Param &param, const Launch &launch, const Grid &grid) {
  if (param.kind == Param::Kind::Programs) {
    addWord(
        static_cast<int32_t>(param.axis < maxGridRank ? grid.sizes[param.axis] : 1));
    return {};
  }
  const Operand &operand = launch.operands[param.argument];
  if (param.kind == Param::Kind::Scalar)
    return addScalar(param.type, evaluation.values[operand.number]);
  View view = getView(operand);
  if (param.kind == Param::Kind::Pointer) {
    addAddress(view.source);
    return {};
  }
  if (param.kind == Param::Kind::Size) {
    addWord(view.array.shape.sizes[param.axis]);
    return {};
  }
  return addTensorMap(param, view)
      .at(operand.kind == Operand::Kind::Argument
              ? "argument '" + entry.arguments[operand.number].name + "'"
              : format("intermediate %u", operand.number));
}

Status Planner::addLaunch(const Launch &launch, const Grid &grid, uint32_t number,
                          std::vector<PlannedLaunch> &launches) {
  if (grid.programs == 0)
    return {};
  launches.push_back({number, launch.kernel, grid.programs, plan.params.size()});
  const Kernel &kernel = program.kernels[launch.kernel];
  for (const Param &param : kernel.params)
    if (Status status = addParam(param, launch, grid); status.failed())
      return status.at(entry.name + ", kernel " + kernel.name);
  return {};
}

/// Arrays without elements are no memory; one that only tensor maps are of may be
/// written.
std::vector<MemoryUse> Planner::getUses(const Launch &launch) const {
  const std::vector<Param> &params = program.kernels[launch.kernel].params;
  std::vector<MemoryUse> uses;
  for (const Param &param : params) {
    if (param.kind != Param::Kind::Pointer && param.kind != Param::Kind::TensorMap)
      continue;
    auto isPointer = [&](const Param &other) {
      return other.kind == Param::Kind::Pointer && other.argument == param.argument;
    };
    auto mayWrite = [&](const Param &other) {
      return isPointer(other) && !other.readOnly;
    };
    bool isWritten = std::none_of(params.begin(), params.end(), isPointer) ||
                     std::any_of(params.begin(), params.end(), mayWrite);
    const Operand &operand = launch.operands[param.argument];
    View view = getView(operand);
    if (isEmpty(view.array.shape))
      continue;
    if (operand.kind == Operand::Kind::Argument) {
      uses.push_back({operand.number, 0, 0, isWritten});
      continue;
    }
    int64_t bytes = 0, begin = view.source.offset;
    countBytes(view.array.shape, *view.array.type, bytes);
    uses.push_back({MemoryUse::workspace, begin, begin + bytes, isWritten});
  }
  return uses;
}

void Planner::addOrder() {
  std::vector<std::vector<MemoryUse>> uses;
  plan.isWritten.resize(plan.shapes.size());
  for (const PlannedLaunch &planned : plan.launches) {
    uses.push_back(getUses(entry.launches[planned.number]));
    for (const MemoryUse &use : uses.back())
      if (use.isWritten && use.argument != MemoryUse::workspace)
        plan.isWritten[use.argument] = true;
  }
  std::vector<std::vector<uint32_t>> after = orderLaunches(uses);
  for (size_t i = 0; i < after.size(); ++i)
    plan.launches[i].after = std::move(after[i]);
}

Status Planner::run() {
  Status status;
  for (uint32_t i = 0; i < entry.launches.size() && !status.failed(); ++i)
    status = addLaunch(entry.launches[i], evaluation.grids[i], i, plan.launches);
  addOrder();
  for (uint32_t i = 0; i < entry.checks.size() && !status.failed(); ++i) {
    const Check &check = entry.checks[i];
    status = addLaunch(check.launch, evaluation.checkGrids[i], i, plan.checks);
    plan.checkedTokens.push_back(evaluation.values[check.tokens]);
  }
  return status;
}

Status fovea::rt::makePlan(const Driver &driver, const Program &program,
                           const Entry &entry, const std::vector<Shape> &shapes,
                           const Evaluation &evaluation, Plan &plan) {
  plan = Plan();
  plan.shapes = shapes;
  for (size_t i = 0; i < shapes.size(); ++i) {
    int64_t bytes = 0;
    countBytes(shapes[i], *entry.arguments[i].type, bytes);
    plan.bytes.push_back(static_cast<uintptr_t>(bytes));
  }
  plan.workspaceBytes = evaluation.workspace.bytes;
  return Planner(driver, program, entry, evaluation, plan).run();
}

/// Whether the tensors are of the entry's types and of the plan's shapes.
static bool fits(const Plan &plan, const Entry &entry, const fovea_tensor_t *tensors) {
  for (size_t i = 0; i < plan.shapes.size(); ++i) {
    const Shape &shape = plan.shapes[i];
    const fovea_tensor_t &tensor = tensors[i];
    if (tensor.type != entry.arguments[i].type->type || tensor.rank != shape.rank ||
        (shape.rank != 0 && !tensor.shape) ||
        !std::equal(shape.sizes.begin(), shape.sizes.begin() + shape.rank,
                    tensor.shape))
      return false;
  }
  return true;
}

std::shared_ptr<const Plan>
PlanCache::find(const Entry &entry, const fovea_tensor_t *tensors, size_t count) {
  if (count != entry.arguments.size() || (count != 0 && !tensors))
    return nullptr;
  std::lock_guard<std::mutex> lock(mutex);
  for (auto plan = plans.begin(); plan != plans.end(); ++plan)
    if (fits(**plan, entry, tensors)) {
      std::rotate(plans.begin(), plan, plan + 1);
      return plans.front();
    }
  return nullptr;
}

void PlanCache::insert(std::shared_ptr<const Plan> plan) {
  std::lock_guard<std::mutex> lock(mutex);
  plans.insert(plans.begin(), std::move(plan));
  if (plans.size() > maxPlans)
    plans.pop_back();
}
