//===- ForwardTest.cpp - Sequences do not see one another -----------------===//

#include "Forward.h"

#include "TestUtils.h"

using namespace fovea::reference;

namespace {

constexpr int64_t numHeads = 4, numKvHeads = 2, keyDim = 6, valueDim = 5;

ForwardOperands makeOperands(int64_t numTokens) {
  return {makeRandom({numTokens, numHeads, keyDim}, 1),
          makeRandom({numTokens, numKvHeads, keyDim}, 2),
          makeRandom({numTokens, numKvHeads, valueDim}, 3),
          makeRandom({numTokens, numHeads, 3}, 4)};
}

/// Rows [begin, end) of the first axis.
template <typename T>
BasicArray<T> takeRows(const BasicArray<T> &array, int64_t begin, int64_t end) {
  Shape shape = array.shape;
  shape[0] = end - begin;
  int64_t row = getNumElements(shape) / std::max<int64_t>(1, shape[0]);
  return {shape, std::vector<T>(array.data.begin() + begin * row,
                                array.data.begin() + end * row)};
}

} // namespace

TEST(Forward, packed_equals_each_sequence_alone) {
  // Shorter than a window, empty, one token, not a multiple of anything, long.
  Sequences sequences{{0, 5, 5, 6, 47, 150}};
  ForwardOperands in = makeOperands(153);
  ForwardResult packed = runForward(in, {}, sequences);
  for (int64_t b = 0; b < sequences.size(); ++b) {
    int64_t begin = sequences.begin(b), length = sequences.length(b);
    ForwardOperands own{takeRows(in.query, begin, begin + length),
                        takeRows(in.key, begin, begin + length),
                        takeRows(in.value, begin, begin + length),
                        takeRows(in.gates, begin, begin + length)};
    ForwardResult alone =
        runForward(own, {}, Sequences{{0, static_cast<int32_t>(length)}});
    EXPECT_EQ(takeRows(packed.output, begin, begin + length).data, alone.output.data);
    EXPECT_EQ(takeRows(packed.indices, begin, begin + length).data, alone.indices.data);
  }
}

TEST(Forward, nan_in_other_sequences_and_tails_changes_nothing) {
  Sequences sequences{{0, 61, 130, 170}};
  ForwardOperands in = makeOperands(176), poisoned = in;
  for (Array *array : {&poisoned.query, &poisoned.key, &poisoned.value})
    for (int64_t t = 0; t < 176; ++t)
      if (t < 61 || t >= 130)
        for (double &value : array->slice(t))
          value = t % 2 ? quietNaN : infinity;
  ForwardResult clean = runForward(in, {}, sequences);
  ForwardResult dirty = runForward(poisoned, {}, sequences);
  EXPECT_EQ(takeRows(clean.output, 61, 130).data, takeRows(dirty.output, 61, 130).data);
  EXPECT_EQ(takeRows(clean.indices, 61, 130).data,
            takeRows(dirty.indices, 61, 130).data);
  EXPECT_EQ(takeRows(clean.scores, 61, 130).data, takeRows(dirty.scores, 61, 130).data);
  // Rows of nobody stay empty although their query is NaN.
  for (double value : takeRows(dirty.output, 170, 176).data)
    EXPECT_EQ(value, 0);
  for (int32_t index : takeRows(dirty.indices, 170, 176).data)
    EXPECT_EQ(index, -1);
}

TEST(Forward, nan_in_future_keys_changes_nothing) {
  Sequences sequences{{0, 100}};
  ForwardOperands in = makeOperands(100), poisoned = in;
  for (Array *array : {&poisoned.key, &poisoned.value})
    for (int64_t t = 70; t < 100; ++t)
      for (double &value : array->slice(t))
        value = quietNaN;
  EXPECT_EQ(takeRows(runForward(in, {}, sequences).output, 0, 70).data,
            takeRows(runForward(poisoned, {}, sequences).output, 0, 70).data);
}

TEST(Forward, a_block_score_sums_to_the_windows_it_saw) {
  // Each window weighs l/d = 2 in total and p sums to 1 per head, so a row of
  // scores sums to 2 G = 4 wherever a window is visible.
  ForwardResult result = runForward(makeOperands(90), {}, Sequences{{0, 40, 90}});
  for (int64_t t = 0; t < 90; ++t)
    for (int64_t g = 0; g < numKvHeads; ++g) {
      double sum = 0;
      for (double score : result.scores.slice(t, g))
        sum += score;
      bool seesWindow = (t < 40 ? t : t - 40) + 1 >= 8;
      EXPECT_NEAR(sum, seesWindow ? 4 : 0, 1e-12) << "token " << t;
    }
}
