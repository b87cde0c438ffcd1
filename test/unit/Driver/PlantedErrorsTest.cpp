//===- PlantedErrorsTest.cpp - what verification must not miss ------------===//
//
// Each test plants one error in the rows of one token, in a batch where another
// sequence's values are a million times as large, and expects that token to be
// found.
//
//===----------------------------------------------------------------------===//

#include "fovea/Driver/Run/RunReport.h"
#include "fovea/Driver/Run/Verify.h"

#include "SpecFixture.h"
#include "fovea/Reference/Evaluate.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace fovea;
using reference::Array;

namespace {

/// A spec with a window of `window`, of `type`.
std::string makeSpec(int window, llvm::StringRef type = "f32",
                     llvm::StringRef scale = "0.25") {
  return ("attn.spec @planted heads 4 over 2 dims 16 x 8 of " + type +
          " gates values scale " + scale + R"( {
  attn.branch @far sees #attn.compressed<block = 8, stride = 4> by #attn.phi<mean>
  attn.branch @best sees #attn.selected<block = 16> top 4 initial 1 local 1 ranked by @far
  attn.branch @near sees #attn.window<)" +
          llvm::Twine(window) + "> own_kv\n}")
      .str();
}

constexpr int64_t kToken = 137, kTokens = 230, kOutlierBegin = 200;

class PlantedErrors : public SpecFixture {
protected:
  /// Evaluates `text` on generated inputs, an outlier among them.
  void setUp(llvm::StringRef text) {
    function = parse(text);
    WorkloadOptions options;
    options.lengths = {kOutlierBegin, 0, kTokens - kOutlierBegin};
    workload = llvm::cantFail(makeWorkload(function, options));
    for (NamedArray &input : workload.inputs)
      if (input.name == "v" || input.name == "near_v")
        scaleRows(input, kOutlierBegin, kTokens, 1e6);
    results = evaluate(function);
    store(results);
  }

  static void scaleRows(NamedArray &array, int64_t begin, int64_t end, double factor) {
    std::vector<double> values = decode(array);
    int64_t size = values.size() / array.array.shape[0];
    for (int64_t i = begin * size; i < end * size; ++i)
      values[i] *= factor;
    array.array.bytes = encodeAll(array.array.type, values);
  }

  std::vector<Array> evaluate(mlir::func::FuncOp evaluated) {
    std::vector<Array> inputs, copies;
    for (const NamedArray &input : workload.inputs)
      inputs.emplace_back(input.array.shape, decode(input));
    auto result = llvm::cantFail(reference::evaluate(evaluated, inputs));
    for (const Array *array : result.results)
      copies.push_back(*array);
    return copies;
  }

  void store(const std::vector<Array> &arrays) {
    for (auto [array, output] : llvm::zip_equal(arrays, workload.outputs))
      output.array.bytes = encodeAll(output.array.type, array.data);
  }

  /// The token's rows of `other` in place of the right ones, in output `only` or in
  /// every one.
  void plant(const std::vector<Array> &other, int only = -1) {
    std::vector<Array> mixed = results;
    for (size_t i = 0; i < mixed.size(); ++i)
      if (only < 0 || only == int(i))
        llvm::copy(other[i].slice(kToken), mixed[i].slice(kToken).begin());
    store(mixed);
  }

  NamedArray &input(llvm::StringRef name) {
    return *llvm::find_if(workload.inputs,
                          [&](const NamedArray &array) { return array.name == name; });
  }

  VerifyReport check(bool narrowOperands = false) {
    VerifyOptions options;
    options.sampleTokens = 0;
    options.narrowOperands = narrowOperands;
    return llvm::cantFail(verify(function, workload, workload.outputs, options));
  }

  Workload workload;
  std::vector<Array> results; ///< o, far_lse, best_lse, best_indices, near_lse
};

constexpr int kO = 0, kIndices = 3, kNearLse = 4;

/// Another list as good in form: forced are blocks 0 and 8, and one of the two between
/// them has a free neighbour.
void moveOneBlock(llvm::MutableArrayRef<double> list) {
  ASSERT_EQ(list[0], 0);
  ASSERT_EQ(list[3], 8);
  if (list[2] < 7)
    ++list[2];
  else
    list[1] += list[1] > 1 ? -1 : 1;
}

} // namespace

TEST_F(PlantedErrors, the_right_answer_passes) {
  for (llvm::StringRef type : {"f32", "f16", "bf16"}) {
    setUp(makeSpec(20, type));
    EXPECT_TRUE(check().passed()) << type.str();
    EXPECT_TRUE(check(/*narrowOperands=*/true).passed()) << type.str();
  }
}

TEST_F(PlantedErrors, one_row_of_one_head_wrong_by_one_percent) {
  for (llvm::StringRef type : {"f32", "f16", "bf16"}) {
    setUp(makeSpec(20, type));
    std::vector<Array> other = results;
    for (double &value : other[kO].slice(kToken, 2))
      value *= 1.01;
    plant(other);
    VerifyReport report = check();
    EXPECT_EQ(report.outputs[kO].wrongRows, 1) << type.str();
    EXPECT_FALSE(report.passed());
  }
}

TEST_F(PlantedErrors, one_row_of_one_head_wrong_by_a_ten_thousandth_in_f32) {
  setUp(makeSpec(20));
  std::vector<Array> other = results;
  for (double &value : other[kO].slice(kToken, 2))
    value *= 1 + 1e-4;
  plant(other);
  EXPECT_EQ(check().outputs[kO].wrongRows, 1);
}

TEST_F(PlantedErrors, a_dropped_key_at_the_edge_of_the_window) {
  for (llvm::StringRef type : {"f32", "f16", "bf16"})
    for (int window : {19, 21}) {
      setUp(makeSpec(20, type));
      std::vector<Array> other = evaluate(parse(makeSpec(window, type)));
      plant(other, kO); // found by the values alone
      EXPECT_GT(check().outputs[kO].wrongRows, 0) << type.str();
      plant(other, kNearLse); // and by the logarithm alone
      EXPECT_EQ(check().outputs[3].wrongRows, 4) << type.str();
    }
}

TEST_F(PlantedErrors, two_keys_swapped) {
  setUp(makeSpec(20));
  NamedArray saved = input("near_k");
  std::vector<double> values = decode(saved);
  std::swap_ranges(values.begin() + (kToken - 3) * 32,
                   values.begin() + (kToken - 2) * 32,
                   values.begin() + (kToken - 8) * 32);
  input("near_k").array.bytes = encodeAll(ElementType::F32, values);
  std::vector<Array> other = evaluate(function);
  input("near_k") = saved;
  plant(other, kO);
  EXPECT_EQ(check().outputs[kO].wrongRows, 4);
}

TEST_F(PlantedErrors, two_gates_swapped) {
  setUp(makeSpec(20, "bf16"));
  NamedArray saved = input("gates");
  std::vector<double> values = decode(saved);
  std::swap(values[(kToken * 4 + 1) * 3], values[(kToken * 4 + 1) * 3 + 2]);
  input("gates").array.bytes = encodeAll(ElementType::BF16, values);
  std::vector<Array> other = evaluate(function);
  input("gates") = saved;
  plant(other, kO);
  EXPECT_EQ(check().outputs[kO].wrongRows, 1);
}

TEST_F(PlantedErrors, an_index_wrong_by_one_block) {
  setUp(makeSpec(20));
  std::vector<Array> other = results;
  moveOneBlock(other[kIndices].slice(kToken, 1));
  plant(other, kIndices);
  VerifyReport report = check();
  EXPECT_EQ(report.selections[0].differing, 2);
  EXPECT_FALSE(report.selections[0].passed());
  // Two of the four heads share the list, and their values do not follow it.
  EXPECT_EQ(report.outputs[kO].wrongRows, 2);
}

TEST_F(PlantedErrors, values_that_are_not_finite_agree_by_kind) {
  setUp(makeSpec(20));
  std::vector<double> values = decode(input("near_v"));
  values[100 * 16] = std::numeric_limits<double>::infinity();
  values[100 * 16 + 1] = std::numeric_limits<double>::quiet_NaN();
  input("near_v").array.bytes = encodeAll(ElementType::F32, values);
  results = evaluate(function);
  store(results);
  EXPECT_TRUE(check().passed());

  size_t first = 105 * 32; // token 105 sees key 100, in its columns 0 and 1
  ASSERT_TRUE(std::isinf(results[kO].data[first]));
  ASSERT_TRUE(std::isnan(results[kO].data[first + 1]));
  auto expectWrong = [&](size_t element, double value) {
    std::vector<Array> other = results;
    other[kO].data[element] = value;
    store(other);
    VerifyReport report = check();
    EXPECT_EQ(report.outputs[kO].wrongRows, 1) << value;
    EXPECT_FALSE(report.passed());
  };
  double infinity = std::numeric_limits<double>::infinity();
  double nan = std::numeric_limits<double>::quiet_NaN();
  expectWrong(first, -infinity);
  expectWrong(first, nan);
  expectWrong(first, 3e38);
  expectWrong(first + 1, infinity);
  expectWrong(first + 1, 0);
  expectWrong(first + 2, nan);
  expectWrong(first + 2, infinity);
  // Where values are as large as any, no bound overflows into one that passes all.
  expectWrong(210 * 32, infinity);
}

TEST_F(PlantedErrors, errors_are_found_beside_large_logits) {
  // Logits of up to about 1e3, 1e4 and 1e5, as models have.
  for (llvm::StringRef type : {"f32", "bf16"})
    for (llvm::StringRef scale : {"62.5", "625.0", "6250.0"}) {
      setUp(makeSpec(20, type, scale));
      VerifyReport report = check();
      EXPECT_TRUE(report.passed()) << type.str() << ", scale " << scale.str();
      EXPECT_EQ(report.outputs[kO].undecidedRows, 0);
      std::vector<Array> other = results;
      for (double &value : other[kO].slice(kToken))
        value *= 1.05;
      plant(other, kO);
      EXPECT_EQ(check().outputs[kO].wrongRows, 4) << scale.str();
      other = results;
      for (double &value : other[kNearLse].slice(kToken))
        value += 1;
      plant(other, kNearLse);
      EXPECT_EQ(check().outputs[3].wrongRows, 4) << scale.str();
    }
}

TEST_F(PlantedErrors, logits_that_f32_does_not_tell_apart_are_undecided) {
  setUp(makeSpec(20, "f32", "1.0e+9"));
  // Of large logits, those that differ by much decide a softmax all the same.
  EXPECT_TRUE(check().passed());
  std::vector<Array> other = results; // each row is one key's
  std::vector<double> keys = decode(input("near_k"));
  for (size_t i = 32; i < keys.size(); ++i)
    keys[i] = keys[i - 32];
  input("near_k").array.bytes = encodeAll(ElementType::F32, keys);
  results = evaluate(function); // each row is the mean of 20 equal keys
  store(results);
  EXPECT_TRUE(check().passed());

  // Another answer may be right, or not. In one token's rows that is said and passes.
  plant(other, kO);
  VerifyReport report = check();
  EXPECT_GT(report.outputs[kO].undecidedRows, 0);
  EXPECT_LE(report.outputs[kO].undecidedRows, 4);
  EXPECT_TRUE(report.passed());
  EXPECT_NE(report.outputs[kO].problem.find("within a bound that says something"),
            std::string::npos);

  // Where most rows are like that, nothing was shown.
  std::swap(results[kO], other[kO]);
  store(results);
  report = check();
  EXPECT_GT(report.outputs[kO].undecidedRows, 460);
  EXPECT_EQ(report.outputs[kO].wrongRows, 0);
  EXPECT_FALSE(report.passed());
}

TEST_F(PlantedErrors, forced_blocks_are_never_in_doubt) {
  // Scores of 1e38 may be off by anything, and no block's rank is known.
  setUp(makeSpec(20, "f32", "1.0e+37"));
  std::vector<Array> other = results;
  llvm::MutableArrayRef<double> list = other[kIndices].slice(kToken, 1);
  ASSERT_EQ(list[0], 0);
  int missing = 1;
  while (llvm::is_contained(list, missing))
    ++missing;
  list[0] = missing;
  llvm::sort(list);
  plant(other, kIndices);
  EXPECT_FALSE(check().selections[0].problem.empty());
}

TEST_F(PlantedErrors, sums_whose_terms_cancel_are_known_to_their_terms) {
  // Rows 0 and 1 of a window cancel to 0 before anything attends to them.
  setUp(R"(attn.spec @cancel heads 4 over 2 dims 16 x 8 of f32 gates values {
  attn.branch @far sees #attn.compressed<block = 2, stride = 2> by #attn.phi<weighted>
})");
  std::vector<double> weights = decode(input("far_v_w"));
  for (size_t i = 0; i < weights.size(); ++i)
    weights[i] = i % 2 ? -1 : 1;
  input("far_v_w").array.bytes = encodeAll(ElementType::F32, weights);
  std::vector<double> values = decode(input("v"));
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = i / 16 % 2 ? values[i - 16] : values[i];
  input("v").array.bytes = encodeAll(ElementType::F32, values);
  results = evaluate(function);
  store(results);
  VerifyReport report = check();
  EXPECT_TRUE(report.passed());
  EXPECT_EQ(report.outputs[kO].undecidedRows, 0);
  std::vector<Array> other = results;
  ASSERT_EQ(other[kO].at(kToken, 2, 3), 0);
  other[kO].at(kToken, 2, 3) = 1e-5;
  store(other);
  EXPECT_EQ(check().outputs[kO].wrongRows, 1);
}

TEST_F(PlantedErrors, a_choice_that_a_group_returns_is_compared) {
  const char *text = R"(
!q = tensor<?x4x16xf32>
!kv = tensor<?x2x16xf32>
!lse = tensor<?x4xf32>
!cu = tensor<?xi32>
!lists = tensor<?x2x4xi32>
func.func @grouped(%q: !q, %k: !kv, %cu: !cu) -> (!q, !lists) {
  %kc = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4>
      over %cu : !kv, !cu -> !kv
  %o, %lse = attn.attend %q sees #attn.compressed<block = 8, stride = 4> in %kc, %kc, %cu
      : !q, !kv, !kv, !cu -> !q, !lse
  %lists = attn.group {
    %scores = attn.score_blocks %q over #attn.compressed<block = 8, stride = 4>
        into #attn.selected<block = 16> in %kc, %lse, %cu
        : !q, !kv, !lse, !cu -> tensor<?x2x?xf32>
    %chosen = attn.select_topk %scores, %cu of #attn.selected<block = 16> top 4 initial 1
        local 1 : tensor<?x2x?xf32>, !cu -> !lists
    attn.yield %chosen : !lists
  } : !lists
  return %o, %lists : !q, !lists
})";
  setUp(text);
  VerifyReport report = check();
  EXPECT_TRUE(report.passed());
  ASSERT_EQ(report.selections.size(), 1u);
  EXPECT_EQ(report.selections[0].lists, 460);
  EXPECT_TRUE(report.notCompared.empty());
  std::vector<Array> other = results;
  moveOneBlock(other[1].slice(kToken, 1));
  plant(other);
  EXPECT_FALSE(check().passed());
}

TEST_F(PlantedErrors, a_choice_that_is_not_returned_is_named) {
  std::string text = R"(
!q = tensor<?x4x16xf32>
!kv = tensor<?x2x16xf32>
!cu = tensor<?xi32>
!lists = tensor<?x2x4xi32>
func.func @hidden(%q: !q, %k: !kv, %scores: tensor<?x2x?xf32>, %cu: !cu) -> !q {
  %lists = attn.select_topk %scores, %cu of #attn.selected<block = 16> top 4 initial 1
      local 1 : tensor<?x2x?xf32>, !cu -> !lists
  %o, %lse = attn.attend %q sees #attn.selected<block = 16> in %k, %k, %cu
      indices(%lists : !lists) : !q, !kv, !kv, !cu -> !q, tensor<?x4xf32>
  return %o : !q
})";
  setUp(text);
  VerifyReport report = check();
  EXPECT_TRUE(report.passed());
  ASSERT_EQ(report.notCompared.size(), 1u);
  EXPECT_EQ(report.notCompared[0].name, "choice of blocks 1");
}

TEST_F(PlantedErrors, the_report_is_json_also_with_infinite_errors) {
  setUp(makeSpec(20));
  std::vector<Array> other = results;
  other[kO].data[7] = std::numeric_limits<double>::quiet_NaN();
  store(other);
  RunReport report;
  report.verified = check();
  std::string text = llvm::formatv("{0}", llvm::json::Value(toJson(report)));
  llvm::Expected<llvm::json::Value> parsed = llvm::json::parse(text);
  ASSERT_TRUE(bool(parsed)) << llvm::toString(parsed.takeError());
  EXPECT_NE(text.find(R"("error":"inf")"), std::string::npos) << text;
}
