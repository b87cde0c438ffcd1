//===- AttendTest.cpp - a whole attention kernel --------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Online softmax over a window of 512 keys: 16 heads over 1, packed sequences, as the
// attend generator writes it.
//
//===----------------------------------------------------------------------===//

#include "CpuTestSupport.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cmath>

using namespace fovea::test;

namespace {

constexpr int kHeads = 16, kDim = 128, kWindow = 512;

struct Inputs {
  Array<float, 3> q, k, v, out;
  Array<int32_t, 1> cu;

  explicit Inputs(std::vector<int32_t> bounds)
      : q({bounds.back(), kHeads, kDim}), k({bounds.back(), 1, kDim}),
        v({bounds.back(), 1, kDim}), out({bounds.back(), kHeads, kDim}),
        cu({int64_t(bounds.size())}) {
    q.randomize(1), k.randomize(2), v.randomize(3);
    std::copy(bounds.begin(), bounds.end(), cu.data.begin());
  }
  int run(Program &program) {
    return program.call("attend", q.arg(), k.arg(), v.arg(), cu.arg(), out.arg());
  }
};

std::string source() {
  auto file = llvm::MemoryBuffer::getFile(FOVEA_TEST_DATA "/window-attend.mlir");
  return (*file)->getBuffer().str();
}

/// One row by the definition, in double.
std::vector<double> attendRow(Inputs &in, int base, int t, int head) {
  int first = std::max(0, t - kWindow + 1);
  std::vector<double> scores, row(kDim, 0.0);
  double max = -1e300, sum = 0;
  for (int u = first; u <= t; ++u) {
    double score = 0;
    for (int d = 0; d < kDim; ++d)
      score += double(in.q[((base + t) * kHeads + head) * kDim + d]) *
               in.k[(base + u) * kDim + d];
    scores.push_back(score / std::sqrt(double(kDim)));
    max = std::max(max, scores.back());
  }
  for (double &score : scores)
    sum += score = std::exp(score - max);
  for (int u = first; u <= t; ++u)
    for (int d = 0; d < kDim; ++d)
      row[d] += scores[u - first] / sum * in.v[(base + u) * kDim + d];
  return row;
}

TEST(Attend, WindowAgreesWithDefinition) {
  for (const std::string &cpu : testCpus()) {
    Program program(source(), cpu);
    Inputs in({0, 1, 1, 700, 703, 768, 773});
    ASSERT_EQ(in.run(program), 0);
    for (size_t b = 0; b + 1 < in.cu.data.size(); ++b)
      for (int t = 0; t < in.cu[b + 1] - in.cu[b]; t += t < 66 ? 1 : 41)
        for (int head : {0, 7, 15}) {
          std::vector<double> row = attendRow(in, in.cu[b], t, head);
          for (int d = 0; d < kDim; ++d)
            ASSERT_NEAR(in.out[((in.cu[b] + t) * kHeads + head) * kDim + d], row[d],
                        2e-6)
                << cpu << " sequence " << b << " token " << t;
        }
  }
}

TEST(Attend, OtherSequencesDoNotMatter) {
  Program program(source(), "native");
  Inputs in({0, 130, 201, 300}), poisoned({0, 130, 201, 300});
  for (int i = 0; i < 300 * kDim; ++i)
    if (i < 130 * kDim || i >= 201 * kDim)
      poisoned.k[i] = poisoned.v[i] = NAN;
  ASSERT_EQ(in.run(program), 0);
  ASSERT_EQ(poisoned.run(program), 0);
  size_t begin = size_t(130) * kHeads * kDim, end = size_t(201) * kHeads * kDim;
  EXPECT_EQ(0, std::memcmp(&in.out[begin], &poisoned.out[begin],
                           (end - begin) * sizeof(float)));
}

TEST(Attend, RejectsBadSequences) {
  Program program(source(), "native");
  for (std::vector<int32_t> bounds :
       {std::vector<int32_t>{1, 8}, {0, 5, 4, 8}, {0, 9, 8}}) {
    Inputs in(bounds);
    EXPECT_EQ(in.run(program), 1);
  }
  Inputs short_({0, 8});
  short_.cu[1] = 7;
  EXPECT_EQ(short_.run(program), 1);
}

} // namespace
