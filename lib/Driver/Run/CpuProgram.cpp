//===- CpuProgram.cpp - a spec as native code -----------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "CpuProgram.h"

#include "fovea/Reference/Array.h"
#include "fovea/Target/CPU/CpuJit.h"
#include "fovea/Target/Entry/CEntry.h"
#include "llvm/Support/DynamicLibrary.h"
#include "llvm/Support/FormatVariadic.h"

#include <chrono>

using namespace fovea;
using llvm::Error;

/// A function of the OpenMP runtime, which the JIT has loaded; null without it.
template <typename Function> static Function *findOpenMP(const char *name) {
  return reinterpret_cast<Function *>(
      llvm::sys::DynamicLibrary::SearchForAddressOfSymbol(name));
}

/// The words of a memref descriptor: pointer, pointer, offset, sizes, strides.
static std::vector<int64_t> makeDescriptor(NpyArray &array) {
  auto address = reinterpret_cast<intptr_t>(array.bytes.data());
  std::vector<int64_t> words{address, address, 0};
  words.insert(words.end(), array.shape.begin(), array.shape.end());
  llvm::ArrayRef<int64_t> shape(array.shape);
  for (size_t axis = 0; axis < shape.size(); ++axis)
    words.push_back(reference::getNumElements(shape.drop_front(axis + 1)));
  return words;
}

CpuProgram::CpuProgram() = default;
CpuProgram::~CpuProgram() = default;

std::unique_ptr<CpuProgram> CpuProgram::compile(SpecFile &spec,
                                                const CompileOptions &options,
                                                unsigned threads, StageTimer &timer) {
  CompileOptions jitOptions = options;
  jitOptions.cpuInterface = CpuInterface::Memref;
  mlir::OwningOpRef<mlir::ModuleOp> module =
      spec.lower(Level::LlvmDialect, jitOptions, timer);
  if (!module)
    return nullptr;
  mlir::FailureOr<CpuTargetInfo> target = getTarget(*module, options.cpu);
  if (failed(target))
    return nullptr;
  mlir::FailureOr<std::unique_ptr<CpuJit>> jit = timer.time(
      "LLVM O3 and code generation", [&] { return CpuJit::create(*module, *target); });
  if (failed(jit))
    return nullptr;
  std::unique_ptr<CpuProgram> program(new CpuProgram);
  program->jit = std::move(*jit);
  program->entry = options.entry;
  program->cpu = target->cpu;
  program->threads = threads;
  // The first look-up is what generates code.
  if (!timer.time("LLVM O3 and code generation",
                  [&] { return program->jit->lookupPacked(options.entry); })) {
    module->emitError() << "expected compiled code for " << options.entry
                        << ", got none";
    return nullptr;
  }
  return program;
}

Error CpuProgram::run(llvm::MutableArrayRef<NamedArray> inputs,
                      llvm::MutableArrayRef<NamedArray> outputs) {
  auto *setThreads = findOpenMP<void(int)>("omp_set_num_threads");
  if (threads && setThreads)
    setThreads(threads);
  std::vector<std::vector<int64_t>> descriptors;
  for (llvm::MutableArrayRef<NamedArray> arrays : {inputs, outputs})
    for (NamedArray &array : arrays)
      descriptors.push_back(makeDescriptor(array.array));
  // The packed form takes the address of each argument, itself a pointer.
  std::vector<void *> pointers, arguments;
  for (std::vector<int64_t> &words : descriptors)
    pointers.push_back(words.data());
  for (void *&pointer : pointers)
    arguments.push_back(&pointer);
  int32_t status = 0;
  arguments.push_back(&status);
  jit->lookupPacked(entry)(arguments.data());
  if (status)
    return llvm::createStringError(
        llvm::formatv("expected status 0 from {0}, got {1}: {2}", entry, status,
                      getCpuStatusText(status)));
  return Error::success();
}

llvm::Expected<double> CpuProgram::time(llvm::MutableArrayRef<NamedArray> inputs,
                                        llvm::MutableArrayRef<NamedArray> outputs) {
  auto begin = std::chrono::steady_clock::now();
  if (Error error = run(inputs, outputs))
    return error;
  std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  return elapsed.count();
}

std::string CpuProgram::describe() const {
  auto *getThreads = findOpenMP<int()>("omp_get_max_threads");
  int count = getThreads ? getThreads() : threads;
  return llvm::formatv("cpu: compiled for {0}, {1} thread{2}", cpu, count,
                       count == 1 ? "" : "s");
}
