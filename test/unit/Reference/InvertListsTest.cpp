//===- InvertListsTest.cpp ------------------------------------------------===//
//
// Inverted lists against loops over the lists themselves: whether a token is in a
// block's segment is asked of each token and each block.
//
//===----------------------------------------------------------------------===//

#include "fovea/Reference/InvertLists.h"

#include "TestUtils.h"
#include "llvm/ADT/STLExtras.h"
#include <set>

using namespace fovea::reference;

namespace {

using Row = std::vector<int32_t>;

/// Lists over up to four sequences, some of them empty, and tokens of none: blocks in
/// any order, -1, blocks that are later than the token, of no sequence and named twice.
struct DrawnLists {
  explicit DrawnLists(unsigned seed) {
    std::mt19937 random(seed);
    auto below = [&](int64_t limit) { return int64_t(random() % limit); };
    block = 1 + below(5);
    for (int64_t i = 1 + below(4); i > 0; --i)
      sequences.offsets.push_back(sequences.offsets.back() +
                                  (below(4) ? below(20) : 0));
    indices = IndexArray(
        {sequences.offsets.back() + below(3), 1 + below(3), 1 + below(4)}, -1);
    for (int32_t &index : indices.data)
      if (below(4))
        index = int32_t(below(20 / block + 3)) - 1;
  }

  int64_t block;
  Sequences sequences{{0}};
  IndexArray indices;
};

/// The tokens of sequence `s` whose lists of KV head `g` name block `b`.
Row findTokens(const DrawnLists &lists, int64_t s, int64_t g, int64_t b) {
  Row tokens;
  for (int64_t t = 0; t < lists.sequences.length(s); ++t)
    if (llvm::is_contained(lists.indices.slice(lists.sequences.begin(s) + t, g), b))
      tokens.push_back(int32_t(t));
  return tokens;
}

} // namespace

TEST(InvertLists, a_block_has_the_tokens_that_list_it) {
  for (unsigned seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE(seed);
    DrawnLists lists(seed);
    auto [bounds, entries] =
        llvm::cantFail(invertLists(lists.indices, lists.block, lists.sequences));
    int64_t listed = lists.indices.dim(2), capacity = lists.indices.dim(0) * listed;
    std::set<int64_t> firstTokens;
    for (int64_t s = 0; s < lists.sequences.size(); ++s) {
      int64_t first = lists.sequences.begin(s), length = lists.sequences.length(s);
      for (int64_t b = 0; b * lists.block < length; ++b) {
        int64_t row = first + b * lists.block;
        firstTokens.insert(row);
        for (int64_t g = 0; g < lists.indices.dim(1); ++g) {
          int64_t begin = bounds.at(row, g, 0), end = bounds.at(row, g, 1);
          EXPECT_GE(begin, b ? bounds.at(row - lists.block, g, 1) : first * listed);
          EXPECT_LE(end, (first + length) * listed);
          auto segment = entries.data.begin() + g * capacity;
          EXPECT_EQ(Row(segment + begin, segment + end), findTokens(lists, s, g, b));
          std::fill(segment + begin, segment + end, -1);
        }
      }
    }
    for (int64_t row = 0; row < bounds.dim(0); ++row) {
      if (firstTokens.count(row))
        continue;
      EXPECT_TRUE(llvm::all_of(bounds.slice(row), [](int32_t n) { return n == 0; }));
    }
    EXPECT_TRUE(llvm::all_of(entries.data, [](int32_t n) { return n == -1; }));
  }
}

TEST(InvertLists, reverted_lists_name_what_was_listed) {
  for (unsigned seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE(seed);
    DrawnLists lists(seed);
    IndexArray reverted = llvm::cantFail(revertLists(
        llvm::cantFail(invertLists(lists.indices, lists.block, lists.sequences)),
        lists.block, lists.sequences));
    IndexArray expected(reverted.shape, -1);
    for (int64_t s = 0; s < lists.sequences.size(); ++s)
      for (int64_t t = 0; t < lists.sequences.length(s); ++t)
        for (int64_t g = 0; g < reverted.dim(1); ++g) {
          int64_t token = lists.sequences.begin(s) + t;
          std::set<int32_t> named;
          for (int32_t index : lists.indices.slice(token, g))
            if (index >= 0 && index * lists.block < lists.sequences.length(s))
              named.insert(index);
          std::copy(named.begin(), named.end(), expected.slice(token, g).begin());
        }
    EXPECT_EQ(reverted.data, expected.data);
  }
}

TEST(InvertLists, by_hand) {
  // l'=2, n=2: a sequence of 3 tokens, one of 1, and a token of nobody. Token 1 lists
  // block 0 twice, and token 0 block 1, which is later; block 2 is of no sequence.
  IndexArray indices({5, 1, 2}, {1, 0, 0, 0, 2, 1, 0, -1, 0, 0});
  auto [bounds, entries] =
      llvm::cantFail(invertLists(indices, 2, Sequences{{0, 3, 4}}));
  EXPECT_EQ(bounds.data, (Row{0, 2, 0, 0, 3, 5, 6, 7, 0, 0}));
  EXPECT_EQ(entries.data, (Row{0, 1, -1, 0, 2, -1, 0, -1, -1, -1}));
}

TEST(InvertLists, the_entries_of_a_head_are_consecutive) {
  // One token for each of two KV heads, of which the second lists nothing.
  IndexArray indices({2, 2, 1}, {0, -1, 1, -1});
  auto [bounds, entries] = llvm::cantFail(invertLists(indices, 1, Sequences{{0, 2}}));
  EXPECT_EQ(bounds.data, (Row{0, 1, 0, 0, 1, 2, 0, 0}));
  EXPECT_EQ(entries.data, (Row{0, 1, -1, -1}));
}

TEST(InvertLists, errors_say_what_does_not_fit) {
  Sequences sequences{{0, 2}};
  IndexArray lists({2, 1, 1}), bounds({2, 1, 2});
  EXPECT_EQ(getMessage(invertLists(lists, 0, sequences)),
            "expected a positive block, got 0");
  EXPECT_EQ(getMessage(invertLists(IndexArray({2, 1}), 1, sequences)),
            "expected lists of rank 3, got shape [2, 1]");
  EXPECT_EQ(getMessage(revertLists({IndexArray({2, 1, 1}), lists}, 1, sequences)),
            "expected bounds of shape [2, 1, 2], got [2, 1, 1]");
  bounds.at(1, 0, 1) = 3;
  EXPECT_EQ(getMessage(revertLists({bounds, lists}, 1, sequences)),
            "expected bounds between 0 and 2 in row 1, got 0 and 3");
  bounds.at(1, 0, 1) = 1;
  lists.at(0, 0, 0) = 2;
  EXPECT_EQ(getMessage(revertLists({bounds, lists}, 1, sequences)),
            "expected entries to be tokens below 2 for row 1, got 2");
}
