//===- AttendGradTest.cpp -------------------------------------------------===//
//
// Gradients of drawn attentions against two others: differences of attend(), and the
// chain rule over whole matrices of scores, in which hidden keys are zeros and the mean
// of dP is taken from P and dP themselves.
//
//===----------------------------------------------------------------------===//

#include "fovea/Reference/AttendGrad.h"

#include "Differences.h"
#include "KeySets.h"

using namespace fovea::reference;

namespace {

/// c * tanh(s / c) + bias of the head, which hides each fifth pair of positions.
constexpr double cap = 1.5;
double capScore(double score, double bias, int64_t query, int64_t key) {
  if ((query + key) % 5 == 4)
    return -infinity;
  return cap * std::tanh(score / cap) + bias;
}
double capSlope(double score) {
  double tanh = std::tanh(score / cap);
  return 1 - tanh * tanh;
}

/// One drawn attention and the gradients of its results.
struct Attention {
  std::string name;
  KeySet keySet;
  Sequences sequences;
  double scale;
  Array query, key, value, sinks, bias, outputGrad, lseGrad;
  IndexArray indices;
  bool hasSinks, hasScores, hasIndices;

  AttendResult forward() const {
    AttendOperands operands{query, key, value, hasIndices ? &indices : nullptr,
                            hasSinks ? &sinks : nullptr};
    if (hasScores)
      operands.scoreFunction = [this](double score, int64_t query, int64_t key,
                                      int64_t head) {
        return capScore(score, bias.at(head), query, key);
      };
    return llvm::cantFail(attend(operands, keySet, sequences, scale));
  }

  /// What the gradients are of. An lse of -inf has no weight.
  double loss() const {
    AttendResult result = forward();
    return weigh(result.output, outputGrad) + weigh(result.lse, lseGrad);
  }
};

struct Gradients {
  Array query, key, value, sinks, bias;
};

/// Those of the functions under test.
Gradients computeGradients(const Attention &attention) {
  AttendResult result = attention.forward();
  Array delta = llvm::cantFail(
      attendDelta(attention.outputGrad, result.output, &attention.lseGrad));
  AttendGradOperands operands{attention.query,
                              attention.key,
                              attention.value,
                              attention.outputGrad,
                              result.lse,
                              delta,
                              attention.hasIndices ? &attention.indices : nullptr};
  if (attention.hasScores) {
    operands.numLearned = 1;
    operands.scoreGradient = [&](double score, int64_t query, int64_t key,
                                 int64_t head) {
      return ScoreDerivative{
          capScore(score, attention.bias.at(head), query, key), capSlope(score), {1.0}};
    };
  }
  auto queries = llvm::cantFail(
      attendGradQ(operands, attention.keySet, attention.sequences, attention.scale));
  auto keys = llvm::cantFail(
      attendGradKV(operands, attention.keySet, attention.sequences, attention.scale));
  Gradients gradients{queries.query, keys.key, keys.value, {}, {}};
  if (attention.hasSinks)
    gradients.sinks = llvm::cantFail(
        attendGradSinks(attention.sinks, result.lse, delta, attention.sequences));
  if (attention.hasScores)
    gradients.bias = llvm::cantFail(sumTokens(queries.learned[0], attention.sequences));
  return gradients;
}

/// Adds the gradients of sequence `b` and query head `h`, from matrices [L, keys].
void addByMatrices(const Attention &attention, int64_t b, int64_t h,
                   Gradients &gradients) {
  const auto &[query, key, value] =
      std::tie(attention.query, attention.key, attention.value);
  int64_t g = h / (query.dim(1) / key.dim(1));
  int64_t length = attention.sequences.length(b), first = attention.sequences.begin(b);
  int64_t keys = attention.keySet.numKeys(length);
  int64_t stride = attention.keySet.tokensPerKeyRow, firstRow = first / stride;
  for (int64_t t = 0; t < length; ++t) {
    llvm::ArrayRef<int32_t> list;
    if (attention.hasIndices)
      list = attention.indices.slice(first + t, g);
    // A column more, for the sink: a key of no value, or one that is hidden.
    std::vector<double> weights(keys + 1), dp(keys + 1), slopes(keys + 1, 1);
    double sum = weights[keys] =
        attention.hasSinks ? std::exp(attention.sinks.at(h)) : 0;
    for (int64_t u = 0; u < keys; ++u) {
      double score =
          attention.scale * dot(query.slice(first + t, h), key.slice(firstRow + u, g));
      if (attention.hasScores) {
        slopes[u] = capSlope(score);
        score = capScore(score, attention.bias.at(h), t, u * stride);
      }
      bool seen = attention.keySet.contains(length, t, u, list);
      sum += weights[u] = seen ? std::exp(score) : 0;
      dp[u] =
          dot(attention.outputGrad.slice(first + t, h), value.slice(firstRow + u, g));
    }
    if (sum == 0)
      continue;
    double mean = 0;
    for (int64_t u = 0; u <= keys; ++u)
      mean += (weights[u] /= sum) * dp[u];
    for (int64_t u = 0; u <= keys; ++u) {
      double ds = weights[u] * (dp[u] - mean + attention.lseGrad.at(first + t, h));
      if (u == keys) {
        if (attention.hasSinks)
          gradients.sinks.at(h) += ds;
        continue;
      }
      if (attention.hasScores)
        gradients.bias.at(h) += ds;
      double step = attention.scale * ds * slopes[u];
      for (int64_t d = 0; d < query.dim(2); ++d) {
        gradients.query.at(first + t, h, d) += step * key.at(firstRow + u, g, d);
        gradients.key.at(firstRow + u, g, d) += step * query.at(first + t, h, d);
      }
      for (int64_t d = 0; d < value.dim(2); ++d)
        gradients.value.at(firstRow + u, g, d) +=
            weights[u] * attention.outputGrad.at(first + t, h, d);
    }
  }
}

Gradients computeByMatrices(const Attention &attention) {
  Gradients gradients{Array(attention.query.shape), Array(attention.key.shape),
                      Array(attention.value.shape),
                      attention.hasSinks ? Array(attention.sinks.shape) : Array(),
                      attention.hasScores ? Array(attention.bias.shape) : Array()};
  for (int64_t b = 0; b < attention.sequences.size(); ++b)
    for (int64_t h = 0; h < attention.query.dim(1); ++h)
      addByMatrices(attention, b, h, gradients);
  return gradients;
}

/// Draws attentions of every key set, over ragged batches.
class Draw {
public:
  explicit Draw(unsigned seed) : seed(seed), random(seed) {}

  Attention attention() {
    Attention drawn;
    drawn.sequences = sequences();
    int64_t tokens = drawn.sequences.offsets.back() + below(3); // some of no sequence
    drawn.hasIndices = false;
    drawn.keySet = keySet(drawn);
    int64_t kvHeads = 1 + below(2), group = 1 + below(3), heads = kvHeads * group;
    int64_t keyDim = 1 + below(4), valueDim = 1 + below(4);
    int64_t rows = tokens / drawn.keySet.tokensPerKeyRow;
    drawn.scale = 0.3 + 0.2 * below(4);
    drawn.query = makeRandom({tokens, heads, keyDim}, random());
    drawn.key = makeRandom({rows, kvHeads, keyDim}, random());
    drawn.value = makeRandom({rows, kvHeads, valueDim}, random());
    drawn.hasSinks = below(2);
    drawn.sinks = makeRandom({heads}, random());
    drawn.hasScores = below(2);
    drawn.bias = makeRandom({heads}, random());
    drawn.indices = lists(tokens, kvHeads);
    drawn.outputGrad = makeRandom({tokens, heads, valueDim}, random());
    drawn.lseGrad = lseGrad(drawn);
    drawn.name += " (seed " + std::to_string(seed) + ")";
    return drawn;
  }

private:
  int64_t below(int64_t limit) { return random() % limit; }

  /// Up to four sequences, some of them empty or shorter than a window.
  Sequences sequences() {
    Sequences drawn{{0}};
    for (int64_t i = 1 + below(4); i > 0; --i)
      drawn.offsets.push_back(drawn.offsets.back() + (below(4) ? below(14) : 0));
    return drawn;
  }

  KeySet keySet(Attention &drawn) {
    switch (seed % 5) {
    case 0:
      drawn.name = "full";
      return makeFull();
    case 1:
      drawn.name = "causal";
      return makeCausal();
    case 2:
      drawn.name = "window";
      return makeWindow(1 + below(6));
    case 3:
      drawn.name = "compressed";
      return below(2) ? makeCompressed(4, 2) : makeCompressed(3, 3);
    default:
      drawn.name = "selected";
      drawn.hasIndices = true;
      return makeSelected(3);
    }
  }

  /// Up to two distinct blocks of the first four, in any order, or none.
  IndexArray lists(int64_t tokens, int64_t kvHeads) {
    IndexArray drawn({tokens, kvHeads, 2}, -1);
    for (int64_t t = 0; t < tokens; ++t)
      for (int64_t g = 0; g < kvHeads; ++g) {
        auto block = int32_t(below(4));
        if (below(4))
          drawn.at(t, g, below(2)) = block;
        if (drawn.at(t, g, 0) == -1 && below(2))
          drawn.at(t, g, 0) = (block + 1) % 4;
      }
    return drawn;
  }

  /// None, or one of each row that has an lse.
  Array lseGrad(const Attention &drawn) {
    Array lse = drawn.forward().lse;
    if (below(2))
      return Array(lse.shape);
    Array weights = makeRandom(lse.shape, random());
    for (size_t i = 0; i < weights.data.size(); ++i)
      if (lse.data[i] == -infinity)
        weights.data[i] = 0;
    return weights;
  }

  unsigned seed;
  std::mt19937 random;
};

} // namespace

TEST(AttendGrad, equals_differences) {
  for (unsigned seed = 0; seed < 15; ++seed) {
    Attention attention = Draw(seed).attention();
    Gradients gradients = computeGradients(attention);
    auto expectDifferences = [&](Array &input, const Array &gradient,
                                 const char *what) {
      Array expected =
          differentiateByDifferences(input, [&] { return attention.loss(); });
      expectClose(gradient, expected, attention.name + ", " + what);
    };
    expectDifferences(attention.query, gradients.query, "q");
    expectDifferences(attention.key, gradients.key, "k");
    expectDifferences(attention.value, gradients.value, "v");
    if (attention.hasSinks)
      expectDifferences(attention.sinks, gradients.sinks, "sinks");
    if (attention.hasScores)
      expectDifferences(attention.bias, gradients.bias, "bias");
  }
}

TEST(AttendGrad, equals_the_chain_rule_over_matrices) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    Attention attention = Draw(seed).attention();
    Gradients gradients = computeGradients(attention);
    Gradients expected = computeByMatrices(attention);
    expectClose(gradients.query, expected.query, attention.name + ", q", 1e-12);
    expectClose(gradients.key, expected.key, attention.name + ", k", 1e-12);
    expectClose(gradients.value, expected.value, attention.name + ", v", 1e-12);
    expectClose(gradients.sinks, expected.sinks, attention.name + ", sinks", 1e-12);
    expectClose(gradients.bias, expected.bias, attention.name + ", bias", 1e-12);
  }
}

namespace {

/// Two causal tokens of one head of dim 1, with q = 1, k = ln 1 and ln 3, scale 1.
struct TwoTokens {
  Array query{{2, 1, 1}, 1.0}, key{{2, 1, 1}, {0, std::log(3.0)}},
      value{{2, 1, 1}, {4, 8}}, outputGrad{{2, 1, 1}, {0, 1}},
      lse{{2, 1}, {0, std::log(4.0)}}, delta{{2, 1}, {0, 7}};
  Sequences sequences{{0, 2}};

  AttendGradOperands operands() const {
    return {query, key, value, outputGrad, lse, delta};
  }
};

} // namespace

TEST(AttendGrad, by_hand) {
  TwoTokens two;
  auto queries =
      llvm::cantFail(attendGradQ(two.operands(), makeCausal(), two.sequences, 1));
  auto keys =
      llvm::cantFail(attendGradKV(two.operands(), makeCausal(), two.sequences, 1));
  // t=1: P = 1/4, 3/4; dP - delta = 4 - 7, 8 - 7; dS = -3/4, 3/4.
  expectNear(queries.query.data, {0, 0.75 * std::log(3.0)});
  expectNear(keys.key.data, {-0.75, 0.75});
  expectNear(keys.value.data, {0.25, 0.75});
}

TEST(AttendGrad, what_is_not_seen_adds_exactly_nothing) {
  TwoTokens two;
  two.key.data = two.value.data = {0, quietNaN};
  two.outputGrad.data = {1, quietNaN};
  // Query 0 sees key 0 alone; query 1 is of no sequence.
  two.sequences = {{0, 1}};
  auto queries =
      llvm::cantFail(attendGradQ(two.operands(), makeCausal(), two.sequences, 1));
  auto keys =
      llvm::cantFail(attendGradKV(two.operands(), makeCausal(), two.sequences, 1));
  expectNear(queries.query.data, {0, 0});
  expectNear(keys.key.data, {0, 0});
  expectNear(keys.value.data, {1, 0});
}

TEST(AttendGrad, an_empty_row_adds_nothing) {
  TwoTokens two;
  two.lse.data = {-infinity, -infinity};
  two.delta.data = {3, 5};
  auto queries =
      llvm::cantFail(attendGradQ(two.operands(), makeCausal(), two.sequences, 1));
  expectNear(queries.query.data, {0, 0});
  Array sinks({1}, 0.0);
  expectNear(
      llvm::cantFail(attendGradSinks(sinks, two.lse, two.delta, two.sequences)).data,
      {0});
}

// Its probability is 0, and so is what a matrix product has of a finite row.
TEST(AttendGrad, a_hidden_key_adds_0_times_rows) {
  TwoTokens two;
  two.key.data = {-infinity, std::log(3.0)};
  two.lse.data = {-infinity, std::log(3.0)};
  two.delta.data = {0, 8};
  auto queries =
      llvm::cantFail(attendGradQ(two.operands(), makeCausal(), two.sequences, 1));
  auto keys =
      llvm::cantFail(attendGradKV(two.operands(), makeCausal(), two.sequences, 1));
  EXPECT_TRUE(std::isnan(queries.query.data[0]));
  EXPECT_TRUE(std::isnan(queries.query.data[1]));
  expectNear(keys.key.data, {0, 0});
  expectNear(keys.value.data, {0, 1});
}

TEST(AttendGrad, a_sum_over_tokens_takes_no_sample) {
  TwoTokens two;
  ComputeOptions options;
  options.tokens = {true, false};
  EXPECT_EQ(
      getMessage(attendGradKV(two.operands(), makeCausal(), two.sequences, 1, options)),
      "expected all tokens for a sum over queries, got a sample of them");
}

TEST(AttendGrad, errors_name_the_operand) {
  TwoTokens two;
  two.delta = Array({2, 3});
  EXPECT_EQ(getMessage(attendGradQ(two.operands(), makeCausal(), two.sequences, 1)),
            "expected delta of shape [2, 1], got [2, 3]");
  EXPECT_EQ(getMessage(attendDelta(two.outputGrad, two.value, &two.delta)),
            "expected gradient of lse of shape [2, 1], got [2, 3]");
  EXPECT_EQ(getMessage(attendGradSinks(Array({2}), two.lse, two.lse, two.sequences)),
            "expected sinks of shape [1], got [2]");
  EXPECT_EQ(getMessage(sumTokens(two.lse, Sequences{{0, 3}})),
            "expected cu_seqlens to end at most at 2 tokens, got 3");
}
