//===- TensorMap.cpp - TMA descriptors of row-major arrays ----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TensorMap.h"
#include "CheckedMath.h"

#include <algorithm>

using namespace fovea::rt;

// Of the driver's enumerations.
static constexpr int interleaveNone = 0;
static constexpr int l2Promotion128Bytes = 2;
static constexpr int fillZeros = 0;
// What the hardware asks of addresses and strides.
static constexpr int64_t tmaAlignment = 16;
static constexpr int64_t maxTmaSize = int64_t(1) << 32;
static constexpr int64_t maxTmaStride = int64_t(1) << 40;

/// CUtensorMapSwizzle of a swizzle's bytes.
static int getSwizzle(uint32_t bytes) {
  switch (bytes) {
  case 32:
    return 1;
  case 64:
    return 2;
  case 128:
    return 3;
  default:
    return 0;
  }
}

/// Sizes, and byte strides of all axes but the innermost; innermost axis first. Strides
/// are those of an array without gaps or overlaps, each a multiple of the one before.
static Status layOut(const ArrayView &view, uint64_t *sizes, uint64_t *strides) {
  auto begin = view.shape.sizes.begin(), end = begin + view.shape.rank;
  bool isEmpty = std::find(begin, end, 0) != end;
  int64_t stride = view.type->bytes;
  for (uint32_t i = 0; i < view.shape.rank; ++i) {
    int64_t size = std::max<int64_t>(view.shape.sizes[view.shape.rank - 1 - i], 1);
    if (size > maxTmaSize)
      return invalidArgument(format("expected at most 2^32 elements along an axis, got "
                                    "%lld",
                                    static_cast<long long>(size)));
    sizes[i] = isEmpty ? 1 : size;
    if (i + 1 == view.shape.rank)
      break;
    if (!checkedMul(stride, size, stride) || stride >= maxTmaStride)
      return invalidArgument("expected a stride below 2^40 bytes, got more");
    if (stride % tmaAlignment != 0)
      return invalidArgument(format("expected a stride that is a multiple of 16 bytes, "
                                    "got %lld",
                                    static_cast<long long>(stride)));
    strides[i] = stride;
  }
  return {};
}

Status fovea::rt::encodeTensorMap(const Driver &driver, const Param &param,
                                  const ArrayView &view, TensorMap &map) {
  uint64_t sizes[maxTensorMapRank] = {}, strides[maxTensorMapRank] = {};
  if (Status status = layOut(view, sizes, strides); status.failed())
    return status;
  const uint32_t elementStrides[maxTensorMapRank] = {1, 1, 1, 1, 1};
  // Until it has an address of its own, which no kernel is given it without.
  void *nowhere = reinterpret_cast<void *>(tmaAlignment); // NOLINT
  CudaResult result = driver.cuTensorMapEncodeTiled(
      &map, static_cast<int>(view.type->tensorMapType), view.shape.rank, nowhere, sizes,
      strides, param.box.data(), elementStrides, interleaveNone,
      getSwizzle(param.swizzleBytes), l2Promotion128Bytes, fillZeros);
  return driver.check(result, "cuTensorMapEncodeTiled");
}

Status fovea::rt::setAddress(const Driver &driver, TensorMap &map, void *address) {
  return driver.check(driver.cuTensorMapReplaceAddress(&map, address),
                      "cuTensorMapReplaceAddress");
}
