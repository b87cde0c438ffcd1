//===- main.cpp - calls a kernel of the extension's key set ---------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Compares the kernel that this build compiled with the equation, in double.
//
//===----------------------------------------------------------------------===//

#include "near.h"

#include <cmath>
#include <cstdio>
#include <vector>

constexpr int64_t heads = 4, kvHeads = 2, dim = 16;
constexpr int64_t window = 64, step = 4;

static std::vector<float> makeInput(int64_t rows, double frequency) {
  std::vector<float> values(rows * dim);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = std::sin(frequency * (i % 977));
  return values;
}

/// One output element by the definition: a softmax over the keys of the set.
static double attend(const near_forward_args &args, int64_t first, int64_t t,
                     int64_t head, int64_t column) {
  int64_t kvHead = head / (heads / kvHeads);
  double sum = 0, weighted = 0;
  for (int64_t u = 0; u <= t; ++u) {
    if (u <= t - window || (t - u) % step != 0)
      continue;
    const float *q = args.q + ((first + t) * heads + head) * dim;
    const float *k = args.k + ((first + u) * kvHeads + kvHead) * dim;
    double score = 0;
    for (int64_t i = 0; i < dim; ++i)
      score += double(q[i]) * k[i];
    double weight = std::exp(score / std::sqrt(double(dim)));
    sum += weight;
    weighted += weight * args.v[((first + u) * kvHeads + kvHead) * dim + column];
  }
  return weighted / sum;
}

int main() {
  const std::vector<int32_t> cu_seqlens = {0, 100, 101, 300};
  const int64_t tokens = cu_seqlens.back();
  std::vector<float> q = makeInput(tokens * heads, 0.1),
                     k = makeInput(tokens * kvHeads, 0.2),
                     v = makeInput(tokens * kvHeads, 0.3), o(tokens * heads * dim);
  near_forward_args args = {};
  args.tokens = tokens;
  args.sequences = cu_seqlens.size() - 1;
  args.q = q.data();
  args.k = k.data();
  args.v = v.data();
  args.cu_seqlens = cu_seqlens.data();
  args.o = o.data();
  if (int32_t status = near_forward(&args)) {
    std::printf("near: %s\n", fovea_cpu_status_text(status));
    return 1;
  }
  double worst = 0;
  for (size_t b = 0; b + 1 < cu_seqlens.size(); ++b)
    for (int64_t t = 0; t < cu_seqlens[b + 1] - cu_seqlens[b]; ++t)
      for (int64_t head = 0; head < heads; ++head)
        for (int64_t column = 0; column < dim; ++column) {
          double expected = attend(args, cu_seqlens[b], t, head, column);
          size_t row = (cu_seqlens[b] + t) * heads + head;
          worst = std::fmax(worst, std::fabs(o[row * dim + column] - expected));
        }
  if (!(worst < 1e-5)) {
    std::printf("near: expected an error below 1e-5, got %g\n", worst);
    return 1;
  }
  std::printf("near: %d rows are right\n", int(tokens * heads));
  return 0;
}
