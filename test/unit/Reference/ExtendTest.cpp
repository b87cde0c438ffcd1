//===- ExtendTest.cpp - Queries apart from keys ---------------------------===//
//
// A query that is one of a sequence's last tokens sees, scores and chooses what the
// token does where each token is a query, and gives keys the same gradients.
//
//===----------------------------------------------------------------------===//

#include "fovea/Reference/AttendGrad.h"
#include "fovea/Reference/CompressGrad.h"
#include "fovea/Reference/InvertLists.h"
#include "fovea/Reference/ScoreBlocks.h"
#include "fovea/Reference/SelectTopk.h"

#include "KeySets.h"
#include "TestUtils.h"

using namespace fovea::reference;

namespace {

constexpr int64_t kHeads = 4, kKvHeads = 2, kDim = 3;
constexpr BlockSizes kSizes{4, 2, 4};

/// Sequences whose last tokens are queries, and the same of tokens that all are: rows
/// of the one, by row of the other.
struct Batch {
  explicit Batch(unsigned seed) : random(seed) {
    apart.offsets = apart.queryOffsets = whole.offsets = {0};
    for (int64_t b = 0, count = 1 + random() % 4; b < count; ++b) {
      int64_t length = random() % 3 ? random() % 30 : 0;
      int64_t queries = random() % (length + 1), unused = random() % 6;
      for (int64_t i = length - queries; i < length; ++i)
        queryTokens.push_back(whole.offsets.back() + i);
      for (int64_t i = 0; i < length + unused; ++i)
        keyTokens.push_back(i < length ? whole.offsets.back() + i : -1);
      apart.lengths.push_back(length);
      whole.offsets.push_back(whole.offsets.back() + length);
      apart.queryOffsets.push_back(apart.queryOffsets.back() + queries);
      apart.offsets.push_back(apart.offsets.back() + length + unused);
    }
  }

  /// The rows of `tokens` of an array of all tokens; NaN in rows of none.
  template <typename ArrayT>
  static ArrayT take(const ArrayT &all, const std::vector<int64_t> &tokens) {
    Shape shape = all.shape;
    shape[0] = tokens.size();
    ArrayT rows(shape);
    for (size_t i = 0; i < tokens.size(); ++i)
      for (size_t j = 0; j < rows.slice(i).size(); ++j)
        rows.slice(i)[j] = tokens[i] < 0 ? quietNaN : all.slice(tokens[i])[j];
    return rows;
  }
  template <typename ArrayT> ArrayT takeQueries(const ArrayT &all) const {
    return take(all, queryTokens);
  }
  Array takeKeys(const Array &all) const { return take(all, keyTokens); }

  std::mt19937 random;
  Sequences apart, whole;
  std::vector<int64_t> queryTokens, keyTokens;
};

/// Keys of windows, at the rows that the sequences have for them.
Array makeWindows(const Sequences &sequences, int64_t rows, const Sequences &names,
                  unsigned seed) {
  Array windows({rows / kSizes.stride, kKvHeads, kDim}, quietNaN);
  for (int64_t b = 0; b < sequences.size(); ++b)
    for (int64_t i = 0;
         i < numWindows(sequences.length(b), kSizes.block, kSizes.stride); ++i) {
      Array row = makeRandom({kKvHeads * kDim}, seed + 1000 * b + i);
      std::copy(row.data.begin(), row.data.end(),
                windows.slice(names.beginWindow(b, kSizes.stride) + i).begin());
    }
  return windows;
}

IndexArray makeLists(const Batch &batch, unsigned seed) {
  std::mt19937 random(seed);
  IndexArray lists({batch.whole.offsets.back(), kKvHeads, 3}, -1);
  for (int64_t b = 0; b < batch.whole.size(); ++b)
    for (int64_t t = 0; t < batch.whole.length(b); ++t)
      for (int64_t g = 0; g < kKvHeads; ++g)
        for (int64_t i = 0; i < 3; ++i)
          if (int64_t own = t / kSizes.selectBlock; i <= own && random() % 4)
            lists.at(batch.whole.begin(b) + t, g, i) = own - i;
  return lists;
}

} // namespace

TEST(Extend, attends_as_the_tokens_do) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    Batch batch(seed);
    int64_t tokens = batch.whole.offsets.back();
    Array q = makeRandom({tokens, kHeads, kDim}, seed);
    Array k = makeRandom({tokens, kKvHeads, kDim}, seed + 1);
    Array v = makeRandom({tokens, kKvHeads, 2}, seed + 2);
    IndexArray lists = makeLists(batch, seed), some = batch.takeQueries(lists);
    for (const auto &[keySet, listed] :
         {std::pair(makeCausal(), false), std::pair(makeFull(), false),
          std::pair(makeWindow(5), false), std::pair(makeSelected(4), true)}) {
      AttendResult whole = llvm::cantFail(
          attend({q, k, v, listed ? &lists : nullptr}, keySet, batch.whole, 0.7));
      AttendResult apart =
          llvm::cantFail(attend({batch.takeQueries(q), batch.takeKeys(k),
                                 batch.takeKeys(v), listed ? &some : nullptr},
                                keySet, batch.apart, 0.7));
      EXPECT_EQ(apart.output.data, batch.takeQueries(whole.output).data) << seed;
      EXPECT_EQ(apart.lse.data, batch.takeQueries(whole.lse).data) << seed;
    }
  }
}

TEST(Extend, scores_and_chooses_as_the_tokens_do) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    Batch batch(seed);
    int64_t tokens = batch.whole.offsets.back(), rows = batch.apart.offsets.back();
    Array q = makeRandom({tokens, kHeads, kDim}, seed);
    Array lse = makeRandom({tokens, kHeads}, seed + 1);
    Array kc = makeWindows(batch.whole, tokens, batch.whole, seed);
    Array kcApart = makeWindows(batch.apart, rows, batch.apart, seed);
    Array whole = llvm::cantFail(scoreBlocks({q, kc, lse}, kSizes, 1, batch.whole));
    Array apart = llvm::cantFail(
        scoreBlocks({batch.takeQueries(q), kcApart, batch.takeQueries(lse)}, kSizes, 1,
                    batch.apart));
    for (size_t row = 0; row < batch.queryTokens.size(); ++row)
      for (int64_t g = 0; g < kKvHeads; ++g)
        for (int64_t j = 0; j < std::min(whole.dim(2), apart.dim(2)); ++j)
          EXPECT_EQ(apart.at(row, g, j), whole.at(batch.queryTokens[row], g, j));
    SelectOptions options{kSizes.selectBlock, 3, 1, 1};
    IndexArray chosen = llvm::cantFail(selectTopk(whole, options, batch.whole));
    IndexArray chosenApart = llvm::cantFail(selectTopk(apart, options, batch.apart));
    EXPECT_EQ(chosenApart.data, batch.takeQueries(chosen).data) << seed;
  }
}

/// Keys get what their queries give: as if the other tokens had no gradient.
TEST(Extend, keys_get_the_gradients_of_their_queries) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    Batch batch(seed);
    int64_t tokens = batch.whole.offsets.back();
    Array q = makeRandom({tokens, kHeads, kDim}, seed);
    Array k = makeRandom({tokens, kKvHeads, kDim}, seed + 1), v = k;
    Array lse = makeRandom({tokens, kHeads}, seed + 2), delta = lse;
    Array some = makeRandom({tokens, kHeads, kDim}, seed + 3), dout(some.shape);
    for (int64_t token : batch.queryTokens)
      std::copy(some.slice(token).begin(), some.slice(token).end(),
                dout.slice(token).begin());
    // Of a token without a gradient delta is 0, as its dout is.
    Array ownDelta(delta.shape);
    for (int64_t token : batch.queryTokens)
      std::copy(delta.slice(token).begin(), delta.slice(token).end(),
                ownDelta.slice(token).begin());
    auto whole = llvm::cantFail(
        attendGradKV({q, k, v, dout, lse, ownDelta}, makeCausal(), batch.whole, 0.7));
    auto apart = llvm::cantFail(attendGradKV(
        {batch.takeQueries(q), batch.takeKeys(k), batch.takeKeys(v),
         batch.takeQueries(dout), batch.takeQueries(lse), batch.takeQueries(delta)},
        makeCausal(), batch.apart, 0.7));
    for (size_t row = 0; row < batch.keyTokens.size(); ++row)
      for (size_t i = 0; i < size_t(kKvHeads * kDim); ++i) {
        int64_t token = batch.keyTokens[row];
        EXPECT_EQ(apart.key.slice(row)[i], token < 0 ? 0 : whole.key.slice(token)[i]);
        EXPECT_EQ(apart.value.slice(row)[i],
                  token < 0 ? 0 : whole.value.slice(token)[i]);
      }
  }
}

/// Windows are of tokens that there are: of other rows there is no window, and no
/// gradient of theirs or of a weight.
TEST(Extend, compresses_the_tokens_that_there_are) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    Batch batch(seed);
    Array tokens = makeRandom({batch.whole.numKeyRows(), kKvHeads, kDim}, seed);
    Array weights = makeRandom({kKvHeads, kSizes.block}, seed + 1);
    CompressOptions options{kSizes.block, kSizes.stride, Phi::Weighted};
    CompressOperands whole{tokens, {&weights}, nullptr};
    Array rows = batch.takeKeys(tokens);
    CompressOperands apart{rows, {&weights}, nullptr};
    Array windows = llvm::cantFail(compress(whole, options, batch.whole));
    Array apartWindows = llvm::cantFail(compress(apart, options, batch.apart));
    Array grads = makeRandom(windows.shape, seed + 2);
    Array apartGrads(apartWindows.shape, quietNaN);
    Array expected(apartWindows.shape);
    for (int64_t b = 0; b < batch.whole.size(); ++b)
      for (int64_t i = 0;
           i < numWindows(batch.whole.length(b), kSizes.block, kSizes.stride); ++i) {
        int64_t from = batch.whole.beginWindow(b, kSizes.stride) + i;
        int64_t to = batch.apart.beginWindow(b, kSizes.stride) + i;
        llvm::copy(windows.slice(from), expected.slice(to).begin());
        llvm::copy(grads.slice(from), apartGrads.slice(to).begin());
      }
    EXPECT_EQ(apartWindows.data, expected.data) << seed;
    auto all = llvm::cantFail(compressGrad(grads, whole, options, batch.whole));
    auto some = llvm::cantFail(compressGrad(apartGrads, apart, options, batch.apart));
    EXPECT_EQ(some.weights[0].data, all.weights[0].data) << seed;
    for (size_t row = 0; row < batch.keyTokens.size(); ++row)
      for (size_t i = 0; i < size_t(kKvHeads * kDim); ++i) {
        int64_t token = batch.keyTokens[row];
        EXPECT_EQ(some.tokens.slice(row)[i],
                  token < 0 ? 0 : all.tokens.slice(token)[i]);
      }
  }
}

TEST(Extend, lists_by_block_and_back) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    Batch batch(seed);
    IndexArray lists = batch.takeQueries(makeLists(batch, seed));
    InvertedLists inverted =
        llvm::cantFail(invertLists(lists, kSizes.selectBlock, batch.apart));
    EXPECT_EQ(inverted.bounds.dim(0), batch.apart.offsets.back());
    EXPECT_EQ(inverted.entries.shape, lists.shape);
    IndexArray back =
        llvm::cantFail(revertLists(inverted, kSizes.selectBlock, batch.apart));
    for (int64_t row = 0; row < lists.dim(0); ++row)
      for (int64_t g = 0; g < kKvHeads; ++g) {
        auto sorted = [&](llvm::ArrayRef<int32_t> list) {
          std::vector<int32_t> blocks;
          llvm::copy_if(list, std::back_inserter(blocks),
                        [](int32_t block) { return block >= 0; });
          llvm::sort(blocks);
          return blocks;
        };
        EXPECT_EQ(sorted(back.slice(row, g)), sorted(lists.slice(row, g))) << seed;
      }
  }
}

TEST(Extend, what_a_batch_must_be) {
  auto getError = [](Sequences sequences) {
    return llvm::toString(sequences.verify(100, 10));
  };
  EXPECT_EQ(getError({{0, 5, 9}, {0, 2, 3}, {4, 4}}), "");
  EXPECT_EQ(getError({{0, 5, 9}, {0, 2, 3}}), "");
  EXPECT_EQ(getError({{0, 5, 4}, {0, 2, 3}}),
            "expected ends of keys not to decrease, got 5 then 4 at sequence 1");
  EXPECT_EQ(getError({{0, 5, 9}, {0, 2, 1}}),
            "expected ends of queries not to decrease, got 2 then 1 at sequence 1");
  EXPECT_EQ(getError({{0, 5, 9}, {0, 2, 11}}),
            "expected ends of queries to end at most at 10 tokens, got 11");
  EXPECT_EQ(
      getError({{0, 5}, {0, 2, 3}}),
      "expected ends of queries and of keys and lengths of as many sequences, got "
      "3 and 2 ends and 0 lengths");
  EXPECT_EQ(
      getError({{0, 5, 9}, {0, 2, 3}, {4}}),
      "expected ends of queries and of keys and lengths of as many sequences, got "
      "3 and 3 ends and 1 lengths");
  EXPECT_EQ(
      getError({{0, 5, 9}, {0, 2, 3}, {1, 4}}),
      "expected sequence 0 to have from 2 tokens, its queries, to 5, its rows, got "
      "1");
  EXPECT_EQ(
      getError({{0, 5, 9}, {0, 2, 3}, {5, 5}}),
      "expected sequence 1 to have from 1 tokens, its queries, to 4, its rows, got "
      "5");
}
