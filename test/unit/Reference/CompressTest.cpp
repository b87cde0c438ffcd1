//===- CompressTest.cpp ---------------------------------------------------===//

#include "fovea/Reference/Compress.h"

#include "TestUtils.h"

using namespace fovea::reference;

namespace {

const double logOf3 = std::log(3.0);

/// The one window of `tokens` [l, 1, 1], all in one sequence.
double compressOne(const std::vector<double> &tokens,
                   std::vector<const Array *> weights, CompressOptions options,
                   const Array *positions = nullptr) {
  auto count = static_cast<int64_t>(tokens.size());
  options.block = options.stride = count;
  Array input({count, 1, 1}, tokens);
  Array output =
      llvm::cantFail(compress({input, std::move(weights), positions}, options,
                              Sequences{{0, static_cast<int32_t>(count)}}));
  EXPECT_EQ(output.shape, (Shape{1, 1, 1}));
  return output.data[0];
}

} // namespace

TEST(Compress, mean_of_overlapping_windows) {
  Array tokens({3, 1, 1}, {1, 3, 5});
  // l=2, d=1: (1 + 3) / 2, (3 + 5) / 2; row 2 is no window.
  expectNear(llvm::cantFail(compress({tokens}, {2, 1}, Sequences{{0, 3}})).data,
             {2, 4, 0});
}

TEST(Compress, rows_of_a_sequence_start_at_its_offset_by_stride) {
  Array tokens({11, 1, 1}, {1, 1, 1, 1, 9, 2, 2, 2, 2, 9, 9});
  // l=4, d=2, 5 tokens each: rows 0 and 5/2 = 2; T/d = 5.
  expectNear(llvm::cantFail(compress({tokens}, {4, 2}, Sequences{{0, 5, 10}})).data,
             {1, 0, 2, 0, 0});
}

TEST(Compress, a_sequence_shorter_than_a_window_has_none) {
  Array tokens({3, 1, 2}, 1.0);
  Array output = llvm::cantFail(compress({tokens}, {4, 1}, Sequences{{0, 3}}));
  EXPECT_EQ(output.shape, (Shape{3, 1, 2}));
  expectNear(output.data, {0, 0, 0, 0, 0, 0});
}

TEST(Compress, long_sequence_has_2047_windows) {
  Array tokens({32768, 1, 1}, 1.0);
  Array output = llvm::cantFail(compress({tokens}, {32, 16}, Sequences{{0, 32768}}));
  EXPECT_EQ(output.dim(0), 2048);
  EXPECT_NEAR(output.at(2046, 0, 0), 1, 1e-12);
  EXPECT_EQ(output.at(2047, 0, 0), 0);
}

TEST(Compress, weighted) {
  Array w({1, 2}, {10, 1});
  // 10 * 1 + 1 * 3: weights are not normalized.
  EXPECT_NEAR(compressOne({1, 3}, {&w}, {0, 0, Phi::Weighted}), 13, 1e-12);
}

TEST(Compress, gated) {
  Array u({1, 1}, logOf3), none({1, 2}, 0.0), c({1, 2}, {0, logOf3});
  // Logits ln 3, 0: weights 3/4, 1/4.
  EXPECT_NEAR(compressOne({1, 0}, {&u, &none}, {0, 0, Phi::Gated}), 0.75, 1e-12);
  // Logits ln 3, ln 3: weights 1/2, 1/2.
  EXPECT_NEAR(compressOne({1, 0}, {&u, &c}, {0, 0, Phi::Gated}), 0.5, 1e-12);
}

TEST(Compress, linear_multiplies_by_the_transpose) {
  Array tokens({2, 1, 2}, {1, 1, 5, 7});
  Array a({1, 2, 2, 2}, {1, 2, 3, 4, 0, 1, 1, 0});
  // [[1,2],[3,4]]^T (1,1) = (4,6); [[0,1],[1,0]]^T (5,7) = (7,5).
  expectNear(
      llvm::cantFail(compress({tokens, {&a}}, {2, 2, Phi::Linear}, Sequences{{0, 2}}))
          .data,
      {11, 11});
}

TEST(Compress, mlp) {
  Array b1({1, 2, 2}, {1, -1, 2, 1}), bias1({1, 2}, {-8, 1});
  Array b2({1, 2, 1}, {10, 4}), bias2({1, 1}, 0.5);
  auto run = [&](Activation activation) {
    return compressOne({1, 3}, {&b1, &bias1, &b2, &bias2},
                       {0, 0, Phi::Mlp, activation});
  };
  // Hidden: (1*1 + 2*3 - 8, -1*1 + 1*3 + 1) = (-1, 3).
  // relu: 10 * 0 + 4 * 3 + 0.5.
  EXPECT_NEAR(run(Activation::Relu), 12.5, 1e-12);
  // gelu(-1) = -(1 - Phi(1)) = -0.158655253931457,
  // gelu(3) = 3 * 0.998650101968370 = 2.995950305905110.
  EXPECT_NEAR(run(Activation::Gelu),
              10 * -0.158655253931457 + 4 * 2.995950305905110 + 0.5, 1e-12);
  // silu(-1) = -1 / (1 + e) = -0.268941421369995,
  // silu(3) = 3 / (1 + e^-3) = 2.857722380467301.
  EXPECT_NEAR(run(Activation::Silu),
              10 * -0.268941421369995 + 4 * 2.857722380467301 + 0.5, 1e-12);
}

TEST(Compress, positions_are_added_first) {
  Array positions({1, 2, 1}, {10, 20}), w({1, 2}, {2, 1});
  // mean: (11 + 23) / 2.  weighted: 2 * 11 + 23.
  EXPECT_NEAR(compressOne({1, 3}, {}, {0, 0, Phi::Mean}, &positions), 17, 1e-12);
  EXPECT_NEAR(compressOne({1, 3}, {&w}, {0, 0, Phi::Weighted}, &positions), 45, 1e-12);
}

TEST(Compress, each_kv_head_has_its_own_weights) {
  Array tokens({2, 2, 1}, {1, 100, 2, 200});
  Array w({2, 2}, {1, 0, 0, 3}), positions({2, 2, 1}, {0, 0, 0, 5});
  // Head 0: 1 * 1.  Head 1: 3 * (200 + 5).
  expectNear(llvm::cantFail(compress({tokens, {&w}, &positions}, {2, 2, Phi::Weighted},
                                     Sequences{{0, 2}}))
                 .data,
             {1, 615});
}

TEST(Compress, tokens_in_no_window_contribute_nothing) {
  Array tokens({7, 1, 1}, {1, 3, quietNaN, 5, 7, quietNaN, infinity});
  // l=d=2, sequences of 3 and 3 tokens, and one of nobody.
  expectNear(llvm::cantFail(compress({tokens}, {2, 2}, Sequences{{0, 3, 6}})).data,
             {2, 6, 0});
}

TEST(Compress, operands_that_do_not_fit_are_errors) {
  Array tokens({4, 1, 2}), w({1, 3});
  Sequences sequences{{0, 4}};
  EXPECT_EQ(getMessage(compress({tokens}, {32, 24}, sequences)),
            "expected stride to divide block, got stride = 24 and block = 32");
  EXPECT_EQ(getMessage(compress({tokens}, {2, 2, Phi::Weighted}, sequences)),
            "expected 1 weights of phi, got 0");
  EXPECT_EQ(getMessage(compress({tokens, {&w}}, {2, 2, Phi::Weighted}, sequences)),
            "expected weight 0 of phi of shape [1, 2], got [1, 3]");
  EXPECT_EQ(getMessage(compress({tokens, {}, &w}, {2, 2}, sequences)),
            "expected positions of shape [1, 2, 2], got [1, 3]");
  EXPECT_EQ(getMessage(compress({tokens}, {2, 2}, Sequences{{0, 5}})),
            "expected cu_seqlens to end at most at 4 tokens, got 5");
}
