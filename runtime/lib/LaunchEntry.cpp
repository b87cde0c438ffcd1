//===- LaunchEntry.cpp - From a call to kernels on a stream ---------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LaunchEntry.h"
#include "CallFrame.h"
#include "CheckArguments.h"

#include <algorithm>

using namespace fovea::rt;

namespace {

/// One call of an entry. A call of shapes that were seen before finds its plan, and
/// allocates nothing.
class Call {
public:
  /// What is launched, and so needs memory.
  struct Parts {
    bool launches;
    bool checks;
  };

  Call(Bundle &bundle, const Entry &entry, const fovea_call_t &call, Parts parts)
      : bundle(bundle), entry(entry), call(call), parts(parts) {}
  Call(const Call &) = delete;
  Call &operator=(const Call &) = delete;

  /// All that needs no driver.
  Status check();
  /// All that can fail before a launch: the kernels are loaded into the current
  /// context, and their parameters made.
  Status prepare(const Driver &driver, CudaContext context);
  Status launch(LaunchRange range) const;
  Status launchChecks() const;

  bool isCapturing() const { return capturing; }
  const Plan &getPlan() const { return *plan; }

private:
  Status checkPlaces();
  Status askForCapture();
  static bool isIn(LaunchRange range, const PlannedLaunch &planned) {
    return planned.number >= range.first && planned.number < range.last;
  }
  KernelLaunch getKernelLaunch(const PlannedLaunch &planned) const;
  Status launch(const PlannedLaunch &planned) const;
  bool sharesWritten() const;
  bool launchAsChain(LaunchRange range, Status &status) const;

  Bundle &bundle;
  const Entry &entry;
  const fovea_call_t &call;
  Parts parts;
  std::shared_ptr<const Plan> plan;
  // What a plan is made of, where there is none yet.
  std::vector<Shape> shapes;
  Evaluation evaluation;
  const Driver *driver = nullptr;
  LoadedKernels *loaded = nullptr;
  bool capturing = false;
  CallFrame frame;
};

} // namespace

Status Call::check() {
  plan = bundle.getPlans(entry).find(entry, call.tensors, call.tensor_count);
  Status status;
  if (!plan)
    status = checkShapes(entry, call.tensors, call.tensor_count, shapes);
  if (!plan && !status.failed())
    status = evaluate(entry, shapes, evaluation);
  if (!status.failed())
    status = checkTensors(entry, call);
  if (parts.launches && !status.failed())
    status = checkWorkspace(entry, call,
                            plan ? plan->workspaceBytes : evaluation.workspace.bytes);
  if (parts.checks && !status.failed())
    status = checkReport(entry, call);
  return status;
}

Status Call::checkPlaces() {
  auto check = [&](const void *address) {
    return loaded->places.check(*driver, loaded->device, address);
  };
  for (size_t i = 0; i < call.tensor_count; ++i)
    if (!isEmpty(call.tensors[i]))
      if (Status status = check(call.tensors[i].data); status.failed())
        return status.at(getPlace(entry, i));
  if (parts.launches && plan->workspaceBytes != 0)
    if (Status status = check(call.workspace); status.failed())
      return status.at(entry.name + ", workspace");
  if (parts.checks && !entry.checks.empty())
    if (Status status = check(call.report); status.failed())
      return status.at(entry.name + ", report");
  return {};
}

/// A graph that is being captured takes the kernels of the call, and may be launched as
/// long as their context lives.
Status Call::askForCapture() {
  // The legacy stream cannot be captured, and must not be asked beside a capture.
  if (reinterpret_cast<uintptr_t>(call.stream) <= legacyStream)
    return {};
  int answer = 0;
  Status status = driver->check(driver->cuStreamIsCapturing(call.stream, &answer),
                                "cuStreamIsCapturing");
  capturing = answer != 0;
  if (capturing)
    loaded->inGraph = true;
  return status;
}

Status Call::prepare(const Driver &driver, CudaContext context) {
  this->driver = &driver;
  Status status =
      bundle.kernels.get(driver, context, bundle.program, bundle.bytes, loaded);
  if (!plan && !status.failed()) {
    auto made = std::make_shared<Plan>();
    status = makePlan(driver, bundle.program, entry, shapes, evaluation, *made);
    plan = std::move(made);
    if (!status.failed())
      bundle.getPlans(entry).insert(plan);
  }
  if (!status.failed())
    status = checkPlaces();
  if (!status.failed())
    status = askForCapture();
  if (!status.failed())
    status = frame.fill(driver, *plan, {call.tensors, call.workspace, call.report});
  return status;
}

KernelLaunch Call::getKernelLaunch(const PlannedLaunch &planned) const {
  const Kernel &kernel = bundle.program.kernels[planned.kernel];
  const LoadedKernel &ready = loaded->kernels[planned.kernel];
  auto blocks = static_cast<unsigned>(std::min(planned.programs, ready.maxBlocks));
  return {ready.function,           blocks,        kernel.threads, kernel.sharedBytes,
          frame.getParams(planned), &planned.after};
}

Status Call::launch(const PlannedLaunch &planned) const {
  KernelLaunch launch = getKernelLaunch(planned);
  CudaResult result = driver->cuLaunchKernel(
      launch.function, launch.blocks, 1, 1, launch.threads, 1, 1, launch.sharedBytes,
      call.stream, launch.params, /*extra=*/nullptr);
  if (result == 0)
    return {};
  return driver->check(result, "cuLaunchKernel")
      .at(entry.name + ", kernel " + bundle.program.kernels[planned.kernel].name);
}

/// Whether what may be written has memory of another array of the call: which kernels
/// may run at once was found for arrays that have memory of their own.
bool Call::sharesWritten() const {
  auto begin = [&](size_t i) {
    return reinterpret_cast<uintptr_t>(call.tensors[i].data);
  };
  for (size_t i = 0; i < call.tensor_count; ++i)
    for (size_t j = 0; plan->isWritten[i] && j < call.tensor_count; ++j)
      if (i != j && begin(i) < begin(j) + plan->bytes[j] &&
          begin(j) < begin(i) + plan->bytes[i])
        return true;
  return false;
}

/// What is captured stays kernels, and so does what is wanted as such: by a flag, or as
/// one kernel of several, which who measures it asks for.
bool Call::launchAsChain(LaunchRange range, Status &status) const {
  bool isOneOfSeveral = range.last - range.first == 1 && entry.launches.size() > 1;
  if (capturing || (call.flags & FOVEA_CALL_SEPARATE) || isOneOfSeveral)
    return false;
  static thread_local std::vector<KernelLaunch> launches;
  launches.clear();
  uint32_t before = 0;
  for (const PlannedLaunch &planned : plan->launches)
    if (isIn(range, planned))
      launches.push_back(getKernelLaunch(planned));
    else if (planned.number < range.first)
      ++before;
  if (launches.empty() || (launches.size() > 1 && sharesWritten()) ||
      !loaded->chains.launch(*driver, &entry, launches, before, call.stream, status))
    return false;
  if (status.failed())
    status = status.at(entry.name);
  return true;
}

Status Call::launch(LaunchRange range) const {
  Status status;
  if (launchAsChain(range, status))
    return status;
  for (const PlannedLaunch &planned : plan->launches)
    if (isIn(range, planned))
      if (status = launch(planned); status.failed())
        return status;
  return {};
}

Status Call::launchChecks() const {
  for (const PlannedLaunch &planned : plan->checks)
    if (Status status = launch(planned); status.failed())
      return status;
  return {};
}

Status fovea::rt::queryWorkspace(Bundle &bundle, const Entry &entry,
                                 const fovea_tensor_t *tensors, size_t count,
                                 size_t &bytes) {
  if (auto plan = bundle.getPlans(entry).find(entry, tensors, count)) {
    bytes = plan->workspaceBytes;
    return {};
  }
  std::vector<Shape> shapes;
  Evaluation evaluation;
  Status status = checkShapes(entry, tensors, count, shapes);
  if (!status.failed())
    status = evaluate(entry, shapes, evaluation);
  if (!status.failed())
    bytes = evaluation.workspace.bytes;
  return status;
}

Status fovea::rt::prepareBundle(Bundle &bundle) {
  const Driver *driver = nullptr;
  if (Status status = getDriver(driver); status.failed())
    return status;
  CurrentContext context(*driver);
  if (Status status = context.enter(bundle.kernels); status.failed())
    return status;
  LoadedKernels *loaded = nullptr;
  return bundle.kernels.get(*driver, context.get(), bundle.program, bundle.bytes,
                            loaded);
}

static Status checkFlags(const Entry &entry, const fovea_call_t &call) {
  constexpr uint32_t known = FOVEA_CALL_CHECKED | FOVEA_CALL_SEPARATE;
  if (call.flags & ~known)
    return invalidArgument(
        entry.name + format(": expected flags of a call that are at most %u, got %u",
                            known, call.flags));
  return {};
}

/// An entry that has nothing to check has an empty list of checks.
static Status expectChecks(const Entry &entry) {
  if (entry.hasChecks)
    return {};
  return invalidArgument(entry.name + ": expected an entry that can check its "
                                      "arguments, got one of a compiler that made no "
                                      "checks: compile it again");
}

Status fovea::rt::launchEntry(Bundle &bundle, const Entry &entry,
                              const fovea_call_t &call, LaunchRange range) {
  if (range.first > range.last || range.last > entry.launches.size())
    return invalidArgument(entry.name +
                           format(": expected a range of %zu launches, got "
                                  "%zu to %zu",
                                  entry.launches.size(), range.first, range.last));
  bool isChecked = (call.flags & FOVEA_CALL_CHECKED) != 0;
  Status status = checkFlags(entry, call);
  if (isChecked && !status.failed())
    status = expectChecks(entry);
  if (status.failed())
    return status;
  Call prepared(bundle, entry, call, {/*launches=*/true, isChecked});
  if (status = prepared.check(); status.failed())
    return status;
  const Driver *driver = nullptr;
  if (status = getDriver(driver); status.failed())
    return status;
  CurrentContext context(*driver);
  if (status = context.enter(bundle.kernels); status.failed())
    return status;
  status = prepared.prepare(*driver, context.get());
  if (isChecked && !status.failed())
    status = prepared.launchChecks();
  return status.failed() ? status : prepared.launch(range);
}

/// What a check that found `result` says; see docs/bundle.md.
static Status judge(const Entry &entry, const Check &check, int64_t tokens,
                    int32_t result) {
  if (result == -1)
    return {};
  std::string got = result == 0 ? "a first offset other than 0"
                                : format("a malformed sequence %d", result - 1);
  return invalidArgument(
      format("%s, argument '%s': expected offsets that ascend from 0 "
             "to at most %lld tokens, got %s",
             entry.name.c_str(), entry.arguments[check.argument].name.c_str(),
             static_cast<long long>(tokens), got.c_str()));
}

namespace {

/// Memory of the current context for one call's report.
class OwnReport {
public:
  explicit OwnReport(const Driver &driver) : driver(driver) {}
  OwnReport(const OwnReport &) = delete;
  OwnReport &operator=(const OwnReport &) = delete;
  ~OwnReport() {
    if (address)
      driver.cuMemFree(address);
  }

  Status allocate(size_t count, fovea_call_t &call) {
    Status status = driver.check(driver.cuMemAlloc(&address, count * sizeof(int32_t)),
                                 "cuMemAlloc");
    call.report = reinterpret_cast<int32_t *>(address);
    call.report_count = count;
    return status;
  }

private:
  const Driver &driver;
  CudaAddress address = 0;
};

} // namespace

Status fovea::rt::checkEntry(Bundle &bundle, const Entry &entry,
                             const fovea_call_t &call) {
  Status status = checkFlags(entry, call);
  if (!status.failed())
    status = expectChecks(entry);
  const Driver *driver = nullptr;
  if (!status.failed())
    status = getDriver(driver);
  if (status.failed())
    return status;
  CurrentContext context(*driver);
  if (status = context.enter(bundle.kernels); status.failed())
    return status;

  fovea_call_t reported = call;
  RelaxedCapture relaxed(*driver);
  OwnReport own(*driver);
  size_t count = entry.checks.size();
  if (!call.report && count != 0)
    status = own.allocate(count, reported);
  Call prepared(bundle, entry, reported, {/*launches=*/false, /*checks=*/true});
  if (!status.failed())
    status = prepared.check();
  if (!status.failed())
    status = prepared.prepare(*driver, context.get());
  if (status.failed() || count == 0)
    return status;
  if (prepared.isCapturing())
    return invalidArgument(entry.name +
                           ": expected a stream to wait for, got one that is being "
                           "captured: capture a call with FOVEA_CALL_CHECKED instead");
  std::vector<int32_t> results(count);
  status = prepared.launchChecks();
  if (!status.failed())
    status = driver->check(
        driver->cuMemcpyDtoHAsync(results.data(),
                                  reinterpret_cast<CudaAddress>(reported.report),
                                  count * sizeof(int32_t), call.stream),
        "cuMemcpyDtoHAsync");
  if (!status.failed())
    status =
        driver->check(driver->cuStreamSynchronize(call.stream), "cuStreamSynchronize");
  for (size_t i = 0; i < count && !status.failed(); ++i)
    status = judge(entry, entry.checks[i], prepared.getPlan().checkedTokens[i],
                   results[entry.checks[i].report]);
  return status;
}
