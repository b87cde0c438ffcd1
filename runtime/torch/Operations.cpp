//===- Operations.cpp - fovea::run, ::backward and ::launch ---------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The operations of fovea/autograd.py, which declares them, and one that
// fovea/runtime.py launches entries by, on the CPU and on CUDA devices, against
// PyTorch's stable interface. Whatever a call needs beyond the common case is Python's:
// a kernel that is not known yet, an error's words. That interface has no way to ask
// whether a tensor requires a gradient, nor to raise an exception of Python's, so
// gradients are recorded in Python, and an error is a RuntimeError here.
//
//===----------------------------------------------------------------------===//

#include "Call.h"

#include <torch/csrc/stable/library.h>

#include <atomic>
#include <stdexcept>

using namespace fovea::ops;

static std::atomic<uint64_t> callsMade, callsLeft;

void fovea_torch_count(uint64_t *made, uint64_t *left) {
  *made = callsMade;
  *left = callsLeft;
}

/// What fovea::in_python, which runs in this thread, leaves of an error. As a second
/// result of the operation it would be taken for a list (PyTorch 2.15).
static thread_local std::string failure;

void fovea_torch_fail(const char *text) { failure = text; }

/// Makes the call in Python, which knows every case and what is to be said of it.
static Tensors askPython(const Tensors &inputs, const std::string &kernel,
                         bool isBackward) {
  using torch::stable::detail::from;
  using torch::stable::detail::to;
  ++callsLeft;
  failure.clear();
  std::array<StableIValue, 3> stack = {from(inputs), from(kernel), from(isBackward)};
  TORCH_ERROR_CODE_CHECK(
      torch_call_dispatcher("fovea::in_python", "", stack.data(), TORCH_ABI_VERSION));
  auto outputs = to<Tensors>(stack[0]);
  if (!failure.empty())
    throw std::runtime_error(failure);
  return outputs;
}

static Tensors runForward(const Tensors &inputs, const std::string &kernel) {
  Tensors outputs;
  if (auto known = findKernel(kernel);
      !known || !callEntry(known->forward, inputs, outputs))
    return askPython(inputs, kernel, /*isBackward=*/false);
  ++callsMade;
  return outputs;
}

static Tensors runBackward(const Tensors &inputs, const std::string &kernel) {
  Tensors outputs;
  if (auto known = findKernel(kernel);
      !known || !known->backward || !callEntry(*known->backward, inputs, outputs))
    return askPython(inputs, kernel, /*isBackward=*/true);
  ++callsMade;
  return outputs;
}

/// What fovea.runtime calls: one entry, by its number, with all tensors or the inputs.
/// Of all tensors nothing is made. It says nothing of what is wrong, as the caller
/// does.
static Tensors launch(const Tensors &tensors,
                      std::optional<torch::stable::Tensor> workspace, int64_t number) {
  auto entry = findEntry(number);
  if (!entry)
    throw std::runtime_error("expected an entry that was added, got one that was not");
  CallOptions options;
  options.joins = false;
  options.isWhole = tensors.size() == entry->arguments.size();
  options.workspace = workspace ? &*workspace : nullptr;
  Tensors outputs;
  if (!callEntry(*entry, tensors, outputs, options))
    throw std::runtime_error("expected tensors that fit the entry, got others");
  ++callsMade;
  return outputs;
}

static void implement(torch::stable::detail::StableLibrary &library) {
  library.impl("forward", TORCH_BOX(&runForward));
  library.impl("run", TORCH_BOX(&runForward));
  library.impl("backward", TORCH_BOX(&runBackward));
  library.impl("launch", TORCH_BOX(&launch));
}

STABLE_TORCH_LIBRARY_FRAGMENT(fovea, library) {
  library.def("launch(Tensor[] tensors, Tensor? workspace, int entry) -> Tensor[]");
}
STABLE_TORCH_LIBRARY_IMPL(fovea, CPU, library) { implement(library); }
STABLE_TORCH_LIBRARY_IMPL(fovea, CUDA, library) { implement(library); }
