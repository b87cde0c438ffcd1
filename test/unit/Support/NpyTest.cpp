//===- NpyTest.cpp - Round trips, NumPy's own bytes, and each error -------===//

#include "fovea/Support/Npy.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace fovea;

namespace {

class Npy : public testing::Test {
protected:
  void SetUp() override {
    llvm::SmallString<128> name;
    ASSERT_FALSE(llvm::sys::fs::createTemporaryFile("fovea", "npy", name));
    path = name.str().str();
  }
  void TearDown() override { llvm::sys::fs::remove(path); }

  void write(llvm::StringRef contents) {
    std::error_code code;
    llvm::raw_fd_ostream(path, code) << contents;
    ASSERT_FALSE(code);
  }

  /// A file of format `major`.0 with the given dictionary and data.
  void writeFormat(int major, llvm::StringRef header, llvm::StringRef data) {
    std::string contents = "\x93NUMPY";
    contents += static_cast<char>(major);
    contents += '\0';
    for (int byte = 0; byte < (major == 1 ? 2 : 4); ++byte)
      contents += static_cast<char>(header.size() >> 8 * byte);
    write(contents + header.str() + data.str());
  }

  /// The message of the error that reading the file gives, less its path.
  std::string readError() {
    llvm::Expected<NpyArray> array = readNpy(path);
    if (array)
      return "no error";
    std::string message = llvm::toString(array.takeError());
    llvm::StringRef rest = message;
    EXPECT_TRUE(rest.consume_front(path + ": ")) << message;
    return rest.str();
  }

  std::string path;
};

std::string repeat(size_t count) { return std::string(count, '\0'); }

} // namespace

TEST_F(Npy, every_type_and_rank_round_trips) {
  for (ElementType type :
       {ElementType::F32, ElementType::F16, ElementType::BF16, ElementType::I32})
    for (std::vector<int64_t> shape :
         std::vector<std::vector<int64_t>>{{}, {3}, {2, 3}, {0, 4}, {1, 2, 1, 5}}) {
      int64_t count = 1;
      for (int64_t size : shape)
        count *= size;
      std::vector<double> values;
      for (int64_t i = 0; i < count; ++i)
        values.push_back(i - 2);
      NpyArray array{type, shape, encodeAll(type, values)};
      ASSERT_FALSE(llvm::errorToBool(writeNpy(path, array)));
      llvm::Expected<NpyArray> again = readNpy(path);
      ASSERT_TRUE(bool(again)) << llvm::toString(again.takeError());
      EXPECT_EQ(again->type, type);
      EXPECT_EQ(again->shape, shape);
      EXPECT_EQ(decodeAll(type, again->bytes), values);
    }
}

TEST_F(Npy, written_bytes_are_those_of_numpy) {
  // numpy.save(path, numpy.array([1], '<i4')): the data starts at byte 128.
  ASSERT_FALSE(
      llvm::errorToBool(writeNpy(path, {ElementType::I32, {1}, {1, 0, 0, 0}})));
  std::string header = "{'descr': '<i4', 'fortran_order': False, 'shape': (1,), }";
  std::string expected("\x93NUMPY\1\0\x76\0", 10);
  expected += header + std::string(117 - header.size(), ' ') + "\n";
  expected += std::string("\1\0\0\0", 4);
  auto buffer = llvm::MemoryBuffer::getFile(path);
  ASSERT_TRUE(bool(buffer));
  EXPECT_EQ((*buffer)->getBuffer(), expected);
}

TEST_F(Npy, reads_formats_one_to_three_with_keys_in_any_order) {
  for (int major : {1, 2, 3}) {
    writeFormat(major, "{'shape': (2,1), 'fortran_order':False,'descr':\"<f2\"}",
                llvm::StringRef("\0\x3c\0\xc0", 4));
    llvm::Expected<NpyArray> array = readNpy(path);
    ASSERT_TRUE(bool(array)) << llvm::toString(array.takeError());
    EXPECT_EQ(array->shape, (std::vector<int64_t>{2, 1}));
    EXPECT_EQ(decodeAll(array->type, array->bytes), (std::vector<double>{1, -2}));
  }
}

TEST_F(Npy, bf16_is_void_or_unsigned_of_two_bytes) {
  for (llvm::StringRef descr : {"|V2", "<V2", "<u2"}) {
    writeFormat(
        1,
        ("{'descr': '" + descr + "', 'fortran_order': False, 'shape': (1,), }").str(),
        "\x80\x3f");
    llvm::Expected<NpyArray> array = readNpy(path);
    ASSERT_TRUE(bool(array)) << llvm::toString(array.takeError());
    EXPECT_EQ(array->type, ElementType::BF16);
    EXPECT_EQ(decodeAll(array->type, array->bytes), (std::vector<double>{1}));
  }
}

TEST_F(Npy, a_missing_file_is_an_error) {
  llvm::Expected<NpyArray> array = readNpy("/no/such/file.npy");
  ASSERT_FALSE(bool(array));
  EXPECT_EQ(llvm::toString(array.takeError()),
            "/no/such/file.npy: cannot read: No such file or directory");
}

TEST_F(Npy, a_wrong_magic_is_an_error) {
  write("PK\3\4 a zip file");
  EXPECT_EQ(readError(), "expected the magic of a .npy file, \"\\93NUMPY\", "
                         "got \"PK\\03\\04 a\"");
  write("");
  EXPECT_EQ(readError(), "expected the magic of a .npy file, \"\\93NUMPY\", got \"\"");
}

TEST_F(Npy, a_wrong_version_is_an_error) {
  writeFormat(4, "", "");
  EXPECT_EQ(readError(), "expected .npy format 1.0, 2.0 or 3.0, got 4.0");
  write("\x93NUMPY");
  EXPECT_EQ(readError(), "expected a format version, got the file's end");
}

TEST_F(Npy, a_truncated_header_is_an_error) {
  write(llvm::StringRef("\x93NUMPY\1\0\x76", 9));
  EXPECT_EQ(readError(), "expected a header length, got the file's end");
  write(llvm::StringRef("\x93NUMPY\1\0\x76\0{'descr'", 18));
  EXPECT_EQ(readError(), "truncated header: expected 118 bytes, got 8");
}

TEST_F(Npy, a_malformed_header_is_an_error) {
  for (llvm::StringRef header :
       {"", "{}", "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1 2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999"
        "99999999,)}",
        "{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
        "{'descr: "}) {
    writeFormat(1, header, repeat(4));
    std::string message = readError();
    EXPECT_TRUE(llvm::StringRef(message).starts_with(
        "expected a header with 'descr', 'fortran_order' and 'shape'"))
        << message;
  }
}

TEST_F(Npy, an_unsupported_dtype_is_an_error) {
  writeFormat(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }",
              repeat(8));
  EXPECT_EQ(readError(), "expected dtype f4, f2, i4 or bf16 (V2 or u2), got "
                         "'<f8'; convert with array.astype");
}

TEST_F(Npy, a_big_endian_array_is_an_error) {
  writeFormat(1, "{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }",
              repeat(4));
  EXPECT_EQ(readError(), "expected little-endian elements, got dtype '>f4'; save "
                         "array.astype(array.dtype.newbyteorder('<'))");
}

TEST_F(Npy, fortran_order_is_an_error) {
  writeFormat(1, "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1), }",
              repeat(4));
  EXPECT_EQ(readError(), "expected C order, got Fortran order; save "
                         "numpy.ascontiguousarray(array)");
}

TEST_F(Npy, a_size_that_differs_from_the_shape_is_an_error) {
  llvm::StringRef header =
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  writeFormat(1, header, repeat(23));
  EXPECT_EQ(readError(), "truncated: expected 24 bytes for f32 elements of "
                         "shape (2, 3), got 23");
  writeFormat(1, header, repeat(25));
  EXPECT_EQ(readError(), "trailing bytes: expected 24 bytes for f32 elements "
                         "of shape (2, 3), got 25");
}

TEST_F(Npy, a_size_past_64_bits_is_an_error) {
  writeFormat(1,
              "{'descr': '<f4', 'fortran_order': False, "
              "'shape': (4611686018427387904, 4), }",
              repeat(4));
  EXPECT_EQ(readError(), "expected fewer than 2^63 bytes, got shape "
                         "(4611686018427387904, 4)");
}

TEST_F(Npy, writing_checks_the_shape_and_the_path) {
  EXPECT_EQ(llvm::toString(writeNpy(path, {ElementType::F16, {3}, {0, 0}})),
            path + ": expected the bytes of f16 elements of shape (3,), got 2");
  EXPECT_EQ(llvm::toString(writeNpy("/no/such/a.npy", {ElementType::F16, {1}, {0, 0}})),
            "/no/such/a.npy: cannot write: No such file or directory");
}

TEST_F(Npy, more_dims_than_numpy_has_are_an_error) {
  std::string ones = "1";
  for (int i = 1; i < 65; ++i)
    ones += ", 1";
  writeFormat(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (" + ones + "), }",
              repeat(4));
  EXPECT_EQ(readError(), "expected at most 64 dims, got 65");
}

TEST_F(Npy, a_message_quotes_the_start_of_a_long_header) {
  writeFormat(1, std::string(60000, 'x'), repeat(4));
  EXPECT_EQ(readError(),
            "expected a header with 'descr', 'fortran_order' and 'shape' of "
            "one plain array, got \"" +
                std::string(200, 'x') + "...\"");
}
