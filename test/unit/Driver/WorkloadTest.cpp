//===- WorkloadTest.cpp - Generated arrays --------------------------------===//

#include "fovea/Driver/Run/Workload.h"

#include "SpecFixture.h"

using namespace fovea;

namespace {

class WorkloadTest : public SpecFixture {
protected:
  Workload make(const WorkloadOptions &options) {
    return llvm::cantFail(makeWorkload(function, options));
  }
  static const NamedArray &find(const Workload &workload, llvm::StringRef name) {
    return *llvm::find_if(workload.inputs,
                          [&](const NamedArray &input) { return input.name == name; });
  }
};

} // namespace

TEST_F(WorkloadTest, shapes_follow_the_batch) {
  WorkloadOptions options;
  options.lengths = {100, 0, 33};
  Workload workload = make(options);
  EXPECT_EQ(workload.sequences.offsets, (std::vector<int32_t>{0, 100, 100, 133}));
  EXPECT_EQ(find(workload, "q").array.shape, (std::vector<int64_t>{133, 4, 16}));
  EXPECT_EQ(find(workload, "compressed_v_w").array.shape, (std::vector<int64_t>{2, 8}));
  EXPECT_EQ(find(workload, "cu_seqlens").array.shape, (std::vector<int64_t>{4}));
  EXPECT_EQ(workload.outputs[3].array.shape, (std::vector<int64_t>{133, 2, 4}));
}

TEST_F(WorkloadTest, values_are_the_same_on_every_machine) {
  WorkloadOptions options;
  options.lengths = {8};
  std::vector<double> q = decode(find(make(options), "q"));
  // Literals of the first run: a change here changes every recorded result.
  const double expected[] = {0.395941, 1.08745, -0.0823257};
  for (int i = 0; i < 3; ++i)
    EXPECT_NEAR(q[i], expected[i], 1e-5);
}

TEST_F(WorkloadTest, normal_values_are_normal) {
  WorkloadOptions options;
  options.lengths = {2000};
  double sum = 0, squares = 0;
  std::vector<double> values = decode(find(make(options), "q"));
  for (double value : values) {
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / values.size(), 0, 0.01);
  EXPECT_NEAR(squares / values.size(), 1, 0.01);
}

TEST_F(WorkloadTest, gates_given_as_values_are_in_the_unit_interval) {
  for (double gate : decode(find(make({}), "gates"))) {
    EXPECT_GE(gate, 0);
    EXPECT_LE(gate, 1);
  }
}

TEST_F(WorkloadTest, dyadic_keys_are_quarters_and_repeat) {
  WorkloadOptions options;
  options.lengths = {3, 600};
  options.data = DataKind::Dyadic;
  std::vector<double> k = decode(find(make(options), "k"));
  constexpr int row = 2 * 16;
  for (double value : k)
    EXPECT_EQ(value * 4, std::round(value * 4));
  for (int i = 0; i < row; ++i)
    EXPECT_EQ(k[(3 + 300) * row + i], k[(3 + 44) * row + i]);
}
