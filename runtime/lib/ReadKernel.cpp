//===- ReadKernel.cpp - A kernel of the manifest --------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ReadBundle.h"

using namespace fovea::rt;

// What every CUDA device has, or more than any has: a number beyond is no number of a
// kernel's.
static constexpr int64_t maxThreads = 1024;
static constexpr int64_t maxSharedBytes = 1 << 24;
static constexpr int64_t maxRegisters = 255;
static constexpr int64_t maxBoxSize = 256;
static constexpr int64_t maxArguments = 1 << 16;
static constexpr size_t maxParams = 1024;

static void readTensorMap(const ManifestField &field, Param &param) {
  std::vector<ManifestField> box = field["box"].getElements();
  if (box.empty() || box.size() > maxTensorMapRank) {
    field["box"].fail(
        format("expected 1 to %u sizes, got %zu", maxTensorMapRank, box.size()));
    return;
  }
  for (const ManifestField &size : box)
    param.box[param.boxRank++] = size.getInteger(1, maxBoxSize);
  int64_t swizzle = field["swizzle"].getInteger();
  if (swizzle != 0 && swizzle != 32 && swizzle != 64 && swizzle != 128)
    field["swizzle"].fail(
        format("expected 0, 32, 64 or 128, got %lld", static_cast<long long>(swizzle)));
  param.swizzleBytes = swizzle;
}

static Param readParam(const ManifestField &field) {
  Param param;
  param.kind = static_cast<Param::Kind>(
      field["kind"].getChoice({"pointer", "size", "scalar", "programs", "tensor_map"}));
  if (param.kind != Param::Kind::Programs)
    param.argument = field["argument"].getInteger(0, maxArguments);
  switch (param.kind) {
  case Param::Kind::Pointer:
    param.readOnly = field.has("read_only") && field["read_only"].getBoolean();
    break;
  case Param::Kind::Size:
  case Param::Kind::Programs:
    param.axis = field["axis"].getInteger(0, maxRank - 1);
    break;
  case Param::Kind::Scalar:
    param.type =
        static_cast<ScalarType>(field["type"].getChoice({"i64", "i32", "f32"}));
    break;
  case Param::Kind::TensorMap:
    readTensorMap(field, param);
    break;
  }
  return param;
}

Kernel fovea::rt::readKernel(const ManifestField &field, size_t cubinCount) {
  Kernel kernel;
  kernel.name = field["name"].getString();
  kernel.symbol = field["symbol"].getString();
  kernel.cubin = field["cubin"].getIndex(cubinCount, "cubins");
  kernel.threads = field["threads"].getInteger(1, maxThreads);
  kernel.sharedBytes = field["shared_bytes"].getInteger(0, maxSharedBytes);
  kernel.registers = field["registers"].getInteger(0, maxRegisters);
  std::vector<ManifestField> params = field["params"].getElements();
  if (params.size() > maxParams)
    field["params"].fail(
        format("expected at most %zu parameters, got %zu", maxParams, params.size()));
  for (const ManifestField &param : params)
    kernel.params.push_back(readParam(param));
  return kernel;
}
