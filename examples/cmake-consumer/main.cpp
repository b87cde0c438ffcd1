//===- main.cpp - calls a kernel that this build compiled -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Two sequences of equal values: whatever the keys say, a weighted mean of equal
// values is that value, so the right answer is known. The gates let the window
// branch alone through.
//
//===----------------------------------------------------------------------===//

#include "nsa.h"

#include <cmath>
#include <cstdio>
#include <vector>

int main() {
  constexpr int64_t tokens = 300, heads = 16, dim = 128, branches = 3;
  std::vector<float> q(tokens * heads * dim), k(tokens * dim), v(tokens * dim, 0.75f);
  std::vector<float> gates(tokens * heads * branches), o(tokens * heads * dim);
  for (size_t i = 0; i < q.size(); ++i)
    q[i] = std::sin(0.1f * float(i % 977));
  for (size_t i = 0; i < k.size(); ++i)
    k[i] = std::cos(0.2f * float(i % 991));
  for (size_t i = 0; i < gates.size(); ++i)
    gates[i] = i % branches == 2 ? 40.0f : -40.0f; // sigmoid: 1 and 0
  std::vector<int32_t> cu_seqlens = {0, 100, tokens};

  nsa_forward_args args = {};
  args.tokens = tokens;
  args.sequences = 2;
  args.q = q.data();
  args.k = k.data();
  args.v = v.data();
  args.gates = gates.data();
  args.cu_seqlens = cu_seqlens.data();
  args.o = o.data();
  int32_t status = nsa_forward(&args);
  if (status != FOVEA_CPU_OK) {
    std::printf("consumer: %s\n", fovea_cpu_status_text(status));
    return 1;
  }
  float worst = 0;
  for (float value : o)
    worst = std::fmax(worst, std::fabs(value - 0.75f));
  if (!(worst < 1e-5f)) {
    std::printf("consumer: expected 0.75 everywhere, got an error of %g\n", worst);
    return 1;
  }
  std::printf("consumer: %d rows are right\n", int(tokens));

  cu_seqlens[1] = 400; // past the end: a status, and nothing is written
  std::printf("consumer: %s\n", fovea_cpu_status_text(nsa_forward(&args)));
  args.q = nullptr;
  std::printf("consumer: %s\n", fovea_cpu_status_text(nsa_forward(&args)));
  return 0;
}
