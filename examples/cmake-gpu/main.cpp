//===- main.cpp - one spec, on a GPU where there is one -------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// The program holds its kernels for both, and needs no file and no compiler when it
// runs. It starts on a machine without a driver and says why it computes on the CPU
// there.
//
// All values are equal: whatever the keys say, a weighted mean of equal values is that
// value, so the right answer is known. The gates let the window branch alone through.
//
//===----------------------------------------------------------------------===//

#include "nsa-gpu.h"
#include "nsa-gpu_sm_90a.h"

#include <fovea/device.hpp>

#include <cstdio>
#include <cstring>
#include <vector>

using fovea::runtime::Buffer;
using fovea::runtime::Status;

static constexpr int64_t tokens = 300, heads = 64, kvHeads = 4, dim = 128, branches = 3;

using Bf16s = std::vector<uint16_t>;

/// The bits of a number, cut off behind those of bf16.
static uint16_t toBf16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return uint16_t(bits >> 16);
}

/// Two sequences on the host.
struct Arrays {
  Bf16s q = Bf16s(tokens * heads * dim), k = Bf16s(tokens * kvHeads * dim);
  Bf16s v = Bf16s(tokens * kvHeads * dim, toBf16(0.75f));
  Bf16s gates = Bf16s(tokens * heads * branches), o = Bf16s(tokens * heads * dim);
  std::vector<int32_t> cu_seqlens = {0, 100, tokens};

  Arrays() {
    for (size_t i = 0; i < q.size(); ++i)
      q[i] = toBf16(float(i * 37 % 101) / 64 - 0.75f);
    for (size_t i = 0; i < k.size(); ++i)
      k[i] = toBf16(float(i * 53 % 89) / 64 - 0.75f);
    for (size_t i = 0; i < gates.size(); ++i)
      gates[i] = toBf16(i % branches == 2 ? 40.0f : -40.0f); // sigmoid: 1 and 0
  }
};

static int32_t runOnCpu(Arrays &x) {
  nsa_forward_args args = {};
  args.tokens = tokens;
  args.sequences = 2;
  args.q = x.q.data();
  args.k = x.k.data();
  args.v = x.v.data();
  args.gates = x.gates.data();
  args.cu_seqlens = x.cu_seqlens.data();
  args.o = x.o.data();
  return nsa_forward(&args);
}

/// Device memory with a copy of `array`.
template <typename T>
static Status upload(const fovea::runtime::Device &device, const std::vector<T> &array,
                     Buffer &buffer) {
  size_t bytes = array.size() * sizeof(T);
  Status status = buffer.allocate(device, bytes);
  return status ? buffer.write(array.data(), bytes) : status;
}

/// Fails where there is no driver, no device, or one that the kernels are not for.
static Status runOnGpu(Arrays &x) {
  fovea::runtime::Device device;
  if (Status status = fovea::runtime::Device::open(0, device); !status)
    return status;
  fovea::runtime::Bundle bundle;
  fovea::runtime::Entry forward;
  Status status = fovea::runtime::Bundle::load(
      fovea_nsa_gpu_sm_90a_bundle, size_t(fovea_nsa_gpu_sm_90a_bundle_bytes), bundle);
  if (status)
    status = bundle.find("nsa_forward", forward);

  Buffer q, k, v, gates, cu_seqlens, o, workspace;
  if (status)
    status = upload(device, x.q, q);
  if (status)
    status = upload(device, x.k, k);
  if (status)
    status = upload(device, x.v, v);
  if (status)
    status = upload(device, x.gates, gates);
  if (status)
    status = upload(device, x.cu_seqlens, cu_seqlens);
  if (status)
    status = upload(device, x.o, o);

  const int64_t queries[] = {tokens, heads, dim}, keys[] = {tokens, kvHeads, dim};
  const int64_t gateShape[] = {tokens, heads, branches};
  const int64_t ends[] = {int64_t(x.cu_seqlens.size())};
  // In the order of the header's comment.
  const std::vector<fovea_tensor_t> tensors = {
      {q.data(), FOVEA_BF16, 3, queries},      {k.data(), FOVEA_BF16, 3, keys},
      {v.data(), FOVEA_BF16, 3, keys},         {gates.data(), FOVEA_BF16, 3, gateShape},
      {cu_seqlens.data(), FOVEA_I32, 1, ends}, {o.data(), FOVEA_BF16, 3, queries}};
  size_t bytes = 0;
  if (status)
    status = forward.workspaceBytes(tensors, bytes);
  if (status)
    status = workspace.allocate(device, bytes);
  fovea_call_t call = {}; // on the default stream
  call.tensors = tensors.data();
  call.tensor_count = tensors.size();
  call.workspace = workspace.data();
  call.workspace_bytes = bytes;
  if (status)
    status = device.launch(forward, call);
  return status ? o.read(x.o.data(), x.o.size() * sizeof(uint16_t)) : status;
}

/// `consumer [libcuda]`: the driver's library, if not the system's.
int main(int argc, char **argv) {
  Arrays x;
  Status status;
  if (argc > 1)
    status = Status(fovea_runtime_open(argv[1]));
  if (status)
    status = runOnGpu(x);
  if (status) {
    std::printf("consumer: on the GPU\n");
  } else {
    std::printf("consumer: on the CPU, for on a GPU: %s\n", status.text().c_str());
    if (int32_t code = runOnCpu(x); code != FOVEA_CPU_OK) {
      std::printf("consumer: %s\n", fovea_cpu_status_text(code));
      return 1;
    }
  }
  for (uint16_t bits : x.o)
    if (bits != toBf16(0.75f)) {
      std::printf("consumer: expected 0.75 everywhere, got the bits 0x%04x\n", bits);
      return 1;
    }
  std::printf("consumer: %d rows are right\n", int(tokens));
  return 0;
}
