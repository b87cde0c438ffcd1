//===- ArrayTest.cpp ------------------------------------------------------===//

#include "TestUtils.h"

using namespace fovea::reference;

TEST(Array, slices_are_row_major) {
  Array array({2, 3, 2}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  EXPECT_EQ(array.slice(1, 0).vec(), (std::vector<double>{6, 7}));
  EXPECT_EQ(array.slice(0).size(), 6u);
  EXPECT_EQ(array.slice().size(), 12u);
  EXPECT_EQ(array.at(1, 2, 1), 11);
  array.at(0, 1, 0) = -1;
  EXPECT_EQ(array.data[2], -1);
}

TEST(Array, a_scalar_has_one_element) { EXPECT_EQ(Array(Shape{}, 7.0).at(), 7); }

TEST(ArrayDeathTest, an_index_out_of_range_stops) {
  Array array({2, 3});
  EXPECT_DEATH(array.at(0, 3), "expected an index within \\[2, 3\\], got "
                               "\\[0, 3\\]");
  EXPECT_DEATH((void)array.slice(-1), "got \\[-1\\]");
  EXPECT_DEATH((void)array.slice(0, 0, 0), "got \\[0, 0, 0\\]");
  EXPECT_DEATH(array.at(1), "got \\[1\\]");
}

TEST(Array, shape_errors_name_both_shapes) {
  EXPECT_EQ(llvm::toString(checkShape("key", {1, 2}, {1, 3})),
            "expected key of shape [1, 3], got [1, 2]");
  EXPECT_EQ(llvm::toString(checkRank("key", {1, 2}, 3)),
            "expected key of rank 3, got shape [1, 2]");
}
