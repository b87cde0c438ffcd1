//===- CudaProgram.cpp - a spec as kernels of a GPU -----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "CudaProgram.h"

#include "fovea/Driver/Compile/CompileGpu.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace fovea;
using llvm::Error;
using llvm::Expected;

static Error toError(const runtime::Status &status) {
  return status ? Error::success() : llvm::createStringError(status.text());
}

static fovea_type_t toRuntimeType(ElementType type) {
  switch (type) {
  case ElementType::BF16:
    return FOVEA_BF16;
  case ElementType::F16:
    return FOVEA_F16;
  case ElementType::F32:
    return FOVEA_F32;
  case ElementType::I32:
    return FOVEA_I32;
  }
  llvm_unreachable("unknown element type");
}

/// The target of the most that a device of that compute capability has: its own, or one
/// of the portable ones, which run on later devices too. Null if there is none.
static const GpuTargetInfo *findTarget(const fovea_device_info_t &info) {
  unsigned version = info.capability_major * 10 + info.capability_minor;
  const GpuTargetInfo *best = nullptr;
  for (const GpuTargetInfo &target : getGpuTargets()) {
    bool runs = target.isArchSpecific ? target.smVersion == version
                                      : target.smVersion <= version;
    if (runs && (!best || best->smVersion < target.smVersion))
      best = &target;
  }
  return best;
}

Expected<CudaDevice> CudaDevice::open(const std::string &driver) {
  CudaDevice result;
  fovea_device_info_t info;
  runtime::Status status;
  if (!driver.empty())
    status = runtime::Status(fovea_runtime_open(driver.c_str()));
  if (status)
    status = runtime::Device::open(/*ordinal=*/0, result.device);
  if (status)
    status = result.device.describe(info);
  if (!status)
    return llvm::createStringError("device cuda: " + status.text());
  result.description = llvm::formatv("{0}, compute capability {1}.{2}", info.name,
                                     info.capability_major, info.capability_minor);
  result.target = findTarget(info);
  if (!result.target)
    return llvm::createStringError(
        "device cuda: expected a device that a target of Fovea's is for, got " +
        result.description);
  return result;
}

std::unique_ptr<CudaProgram> CudaProgram::compile(SpecFile &spec,
                                                  CompileOptions options,
                                                  CudaDevice &device,
                                                  StageTimer &timer) {
  options.gpu.target = device.target;
  std::string file;
  llvm::raw_string_ostream stream(file);
  if (failed(emitGpuCode(spec, Emit::Bundle, options, timer, stream)))
    return nullptr;
  std::unique_ptr<CudaProgram> program(new CudaProgram(device));
  runtime::Status status =
      runtime::Bundle::load(file.data(), file.size(), program->bundle);
  if (status)
    status = program->bundle.find(options.entry, program->entry);
  if (status)
    return program;
  llvm::errs() << "error: " << status.text() << "\n";
  return nullptr;
}

Error CudaProgram::allocate(llvm::ArrayRef<NamedArray *> arrays) {
  for (NamedArray *array : arrays)
    shapes.push_back(array->array.shape);
  buffers.resize(arrays.size() + 1);
  for (auto [i, array] : llvm::enumerate(arrays)) {
    if (Error error =
            toError(buffers[i].allocate(device.device, array->array.bytes.size())))
      return error;
    tensors.push_back({buffers[i].data(), toRuntimeType(array->array.type),
                       uint32_t(shapes[i].size()), shapes[i].data()});
  }
  size_t bytes = 0;
  if (Error error = toError(entry.workspaceBytes(tensors, bytes)))
    return error;
  if (Error error = toError(buffers.back().allocate(device.device, bytes)))
    return error;
  call = fovea_call_t();
  call.tensors = tensors.data();
  call.tensor_count = tensors.size();
  call.workspace = buffers.back().data();
  call.workspace_bytes = bytes;
  return Error::success();
}

Error CudaProgram::run(llvm::MutableArrayRef<NamedArray> inputs,
                       llvm::MutableArrayRef<NamedArray> outputs) {
  std::vector<NamedArray *> arrays;
  for (llvm::MutableArrayRef<NamedArray> list : {inputs, outputs})
    for (NamedArray &array : list)
      arrays.push_back(&array);
  if (buffers.empty())
    if (Error error = allocate(arrays))
      return error;
  for (auto [array, buffer] : llvm::zip_first(arrays, buffers))
    if (Error error =
            toError(buffer.write(array->array.bytes.data(), array->array.bytes.size())))
      return error;
  if (Error error = toError(device.device.launch(entry, call)))
    return error;
  for (size_t i = inputs.size(); i < arrays.size(); ++i) {
    std::vector<uint8_t> &bytes = arrays[i]->array.bytes;
    if (Error error = toError(buffers[i].read(bytes.data(), bytes.size())))
      return error;
  }
  return Error::success();
}

Expected<double> CudaProgram::time(llvm::MutableArrayRef<NamedArray> inputs,
                                   llvm::MutableArrayRef<NamedArray> outputs) {
  // While the device is busy with this one the host queues the timed one.
  double seconds = 0;
  if (Error error = toError(entry.launch(call)))
    return error;
  if (Error error = toError(device.device.launch(entry, call, &seconds)))
    return error;
  return seconds;
}

std::string CudaProgram::describe() const {
  return llvm::formatv("cuda: {0}, compiled for {1}", device.description,
                       device.target->name);
}
