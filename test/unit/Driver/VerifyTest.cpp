//===- VerifyTest.cpp - Right answers pass, wrong ones do not -------------===//

#include "fovea/Driver/Run/Verify.h"

#include "SpecFixture.h"
#include "fovea/Reference/Evaluate.h"

using namespace fovea;

namespace {

constexpr int o = 0, selectedLse = 2, selectedIndices = 3;
/// The last token of the long sequence: it has 13 blocks to choose from.
constexpr int64_t lastToken = 199;

class Verify : public SpecFixture {
protected:
  Verify() {
    WorkloadOptions options;
    options.lengths = {200, 0, 30};
    workload = llvm::cantFail(makeWorkload(function, options));
    std::vector<reference::Array> inputs;
    for (const NamedArray &input : workload.inputs)
      inputs.emplace_back(input.array.shape, decode(input));
    auto result = llvm::cantFail(reference::evaluate(function, inputs));
    for (auto [array, output] : llvm::zip_equal(result.results, workload.outputs))
      output.array.bytes = encodeAll(output.array.type, array->data);
  }

  VerifyReport verifyAll(bool exact = false) {
    VerifyOptions options;
    options.sampleTokens = 0;
    options.exactSelection = exact;
    return llvm::cantFail(verify(function, workload, workload.outputs, options));
  }

  void change(int output, size_t element, double value) {
    NamedArray &array = workload.outputs[output];
    int64_t width = getByteWidth(array.array.type);
    encode(array.array.type, value, &array.array.bytes[element * width]);
  }

  Workload workload;
};

} // namespace

TEST_F(Verify, the_reference_agrees_with_itself) {
  VerifyReport report = verifyAll(/*exact=*/true);
  EXPECT_TRUE(report.passed());
  EXPECT_EQ(report.checkedTokens, 230);
  ASSERT_EQ(report.selections.size(), 1u);
  EXPECT_EQ(report.selections[0].lists, 460);
  EXPECT_EQ(report.selections[0].differing, 0);
  EXPECT_EQ(report.outputs.size(), 3u);
}

TEST_F(Verify, a_sample_holds_the_last_token) {
  VerifyOptions options;
  options.sampleTokens = 10;
  change(o, workload.outputs[o].array.bytes.size() / 4 - 1, 100);
  VerifyReport report =
      llvm::cantFail(verify(function, workload, workload.outputs, options));
  EXPECT_EQ(report.checkedTokens, 11);
  EXPECT_FALSE(report.passed());
}

TEST_F(Verify, one_wrong_value_fails) {
  double value = decode(workload.outputs[o])[77];
  change(o, 77, value + 1e-7);
  EXPECT_TRUE(verifyAll().passed());
  change(o, 77, value + 1e-4);
  VerifyReport report = verifyAll();
  EXPECT_FALSE(report.outputs[0].passed());
  EXPECT_EQ(report.outputs[0].wrongRows, 1);
  EXPECT_NEAR(report.outputs[0].error, 1e-4, 1e-6);
  EXPECT_EQ(report.outputs[0].problem.find("row 2, head 1, element 5: expected"), 0u);
  change(o, 77, std::numeric_limits<double>::quiet_NaN());
  EXPECT_FALSE(verifyAll().outputs[0].passed());
}

TEST_F(Verify, a_wrong_lse_of_an_empty_set_fails) {
  // Token 0 of the first branch sees no window: -inf, not a large number.
  change(1, 0, -1e30);
  EXPECT_FALSE(verifyAll().outputs[1].passed());
}

TEST_F(Verify, a_block_of_lower_score_fails) {
  size_t first = lastToken * 2 * 4;
  std::vector<double> all = decode(workload.outputs[selectedIndices]);
  std::vector<double> list(all.begin() + first, all.begin() + first + 4);
  // Slots are [forced, best, second best, forced], ascending: take another
  // block.
  for (int block = 1; block < 12; ++block)
    if (!llvm::is_contained(list, block)) {
      change(selectedIndices, first + 1, block);
      break;
    }
  std::vector<double> changed = decode(workload.outputs[selectedIndices]);
  std::sort(changed.begin() + first, changed.begin() + first + 4);
  for (int i = 0; i < 4; ++i)
    change(selectedIndices, first + i, changed[first + i]);
  VerifyReport report = verifyAll();
  EXPECT_FALSE(report.passed());
  EXPECT_EQ(report.selections[0].differing, 2);
  EXPECT_NE(report.selections[0].problem.find("token 199, kv head 0: block"),
            std::string::npos);
  // The values are compared given that choice, which they do not follow.
  EXPECT_FALSE(report.outputs[selectedLse].passed());
}

TEST_F(Verify, a_list_out_of_order_fails) {
  size_t first = lastToken * 2 * 4;
  std::vector<double> all = decode(workload.outputs[selectedIndices]);
  change(selectedIndices, first, all[first + 1]);
  change(selectedIndices, first + 1, all[first]);
  VerifyReport report = verifyAll();
  EXPECT_EQ(report.selections[0].problem,
            "token 199, kv head 0: expected ascending blocks up to the query's own");
  // The order makes no difference to what is attended.
  EXPECT_TRUE(report.outputs[0].passed());
}

TEST_F(Verify, an_index_out_of_range_is_an_error) {
  change(selectedIndices, 0, 13);
  VerifyOptions options;
  auto report = verify(function, workload, workload.outputs, options);
  EXPECT_EQ(llvm::toString(report.takeError()),
            "selected_indices: expected distinct blocks from -1 to 12 for token 0 "
            "and kv head 0, got 13");
}
