//===- CheckArgumentsTest.cpp - What a call may pass ----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "CheckArguments.h"
#include "TestBundle.h"

#include "gtest/gtest.h"
#include <functional>

using namespace fovea::rt;
using namespace fovea::rt::test;

namespace {

class CheckArguments : public testing::Test {
protected:
  Status check(const ForwardArguments &arguments, int64_t workspaceBytes = 0) {
    std::vector<Shape> shapes;
    const fovea_call_t &call = arguments.call;
    Status status = checkShapes(entry, call.tensors, call.tensor_count, shapes);
    if (!status.failed())
      status = checkTensors(entry, call);
    return status.failed() ? status : checkWorkspace(entry, call, workspaceBytes);
  }

  /// What is said of good arguments after `change`.
  std::string complaint(const std::function<void(ForwardArguments &)> &change) {
    ForwardArguments arguments(100);
    change(arguments);
    Status status = check(arguments, 512);
    EXPECT_EQ(status.getCode(), FOVEA_INVALID_ARGUMENT);
    return status.getText();
  }

  Program program = readProgram(getFile());
  const Entry &entry = program.entries[0];
};

} // namespace

TEST_F(CheckArguments, good_ones_pass) {
  EXPECT_FALSE(check(ForwardArguments(100), 512).failed());
}

TEST_F(CheckArguments, no_tokens_need_no_addresses) {
  ForwardArguments arguments(0);
  arguments.tensors[0].data = arguments.tensors[2].data = nullptr;
  arguments.call.workspace = nullptr;
  arguments.call.workspace_bytes = 0;
  EXPECT_FALSE(check(arguments).failed());
}

TEST_F(CheckArguments, count_type_and_rank) {
  EXPECT_EQ(complaint([](auto &a) { a.call.tensor_count = 2; }),
            "forward: expected 3 tensors, got 2");
  EXPECT_EQ(complaint([](auto &a) { a.call.tensors = nullptr; }),
            "forward: expected tensors, got null");
  EXPECT_EQ(complaint([](auto &a) { a.tensors[2].type = FOVEA_F16; }),
            "forward, argument 'out': expected bf16, got f16");
  EXPECT_EQ(complaint([](auto &a) { a.tensors[0].type = 77; }),
            "forward, argument 'q': expected bf16, got the unknown type 77");
  EXPECT_EQ(complaint([](auto &a) { a.tensors[0].rank = 2; }),
            "forward, argument 'q': expected rank 3, got 2");
  EXPECT_EQ(complaint([](auto &a) { a.tensors[1].shape = nullptr; }),
            "forward, argument 'cu_seqlens': expected a shape, got null");
}

TEST_F(CheckArguments, sizes) {
  EXPECT_EQ(complaint([](auto &a) { a.rows[1] = 8; }),
            "forward, argument 'q': expected size 4 along axis 1, got 8");
  EXPECT_EQ(
      complaint([](auto &a) { a.rows[0] = -1; }),
      "forward, argument 'q': expected a size of at least 0 along axis 0, got -1");
  EXPECT_EQ(
      complaint([](auto &a) { a.rows[0] = INT64_MAX; }),
      "forward, argument 'q': expected a size that fits 64 bits, got an overflow");
  EXPECT_EQ(
      complaint([](auto &a) { a.ends[0] = 0; }),
      "forward, argument 'cu_seqlens': expected sequences + 1 sequence ends, got 0");
  static const int64_t other[] = {99, 4, 64};
  EXPECT_EQ(complaint([](auto &a) { a.tensors[2].shape = other; }),
            "forward, argument 'out': expected 100 tokens as 'q' has, got 99");
}

/// What is said of 100 tokens, `rows` rows of "tokens / 16" as q's, and as many of
/// out's.
static std::string complaintOfCompressed(int64_t rows, const std::string &first,
                                         const std::string &last) {
  std::string manifest = getManifest();
  manifest = replaced(manifest, "\"q\", \"type\": \"bf16\", \"rows\": \"tokens\"",
                      "\"q\", \"type\": \"bf16\", \"rows\": \"" + first + "\"");
  manifest = replaced(manifest, "\"out\", \"type\": \"bf16\", \"rows\": \"tokens\"",
                      "\"out\", \"type\": \"bf16\", \"rows\": \"" + last + "\"");
  Program program = readProgram(makeFile(manifest, getBlobs()));
  ForwardArguments arguments(100);
  const int64_t shape[] = {rows, 4, 64};
  arguments.tensors[first == "tokens" ? 2 : 0].shape = shape;
  std::vector<Shape> shapes;
  return checkShapes(program.entries[0], arguments.call.tensors,
                     arguments.call.tensor_count, shapes)
      .getText();
}

TEST_F(CheckArguments, compressed_rows_follow_from_the_tokens) {
  EXPECT_EQ(complaintOfCompressed(6, "tokens", "tokens / 16"), "");
  EXPECT_EQ(
      complaintOfCompressed(5, "tokens", "tokens / 16"),
      "forward, argument 'out': expected 6 rows as 'q' has 100 tokens, of which a "
      "row counts 16, got 5");
  EXPECT_EQ(
      complaintOfCompressed(100, "tokens", "tokens / 16"),
      "forward, argument 'out': expected 6 rows as 'q' has 100 tokens, of which a "
      "row counts 16, got 100");
  // Also where the tokens come later, and where nothing has a row for each.
  EXPECT_EQ(
      complaintOfCompressed(7, "tokens / 16", "tokens"),
      "forward, argument 'q': expected 6 rows as 'out' has 100 tokens, of which a "
      "row counts 16, got 7");
  EXPECT_EQ(complaintOfCompressed(7, "tokens / 16", "tokens / 16"),
            "forward, argument 'out': expected 7 rows as 'q' has, got 100");
}

TEST_F(CheckArguments, no_more_tokens_than_an_entry_takes) {
  std::string name = "\"name\": \"forward\",";
  Program program = readProgram(makeFile(
      replaced(getManifest(), name, name + " \"most_tokens\": 100,"), getBlobs()));
  auto complaintOf = [&](const Entry &entry, int64_t tokens) {
    ForwardArguments arguments(tokens);
    std::vector<Shape> shapes;
    return checkShapes(entry, arguments.call.tensors, arguments.call.tensor_count,
                       shapes)
        .getText();
  };
  EXPECT_EQ(complaintOf(program.entries[0], 100), "");
  EXPECT_EQ(complaintOf(program.entries[0], 101),
            "forward, argument 'q': expected at most 100 tokens, got 101");
  EXPECT_EQ(complaintOf(entry, INT32_MAX), "");
  EXPECT_EQ(complaintOf(entry, INT64_C(1) << 31),
            "forward, argument 'q': expected at most 2147483647 tokens, got "
            "2147483648");
}

TEST_F(CheckArguments, addresses) {
  EXPECT_EQ(complaint([](auto &a) { a.tensors[0].data = nullptr; }),
            "forward, argument 'q': expected a device address, got null");
  EXPECT_EQ(complaint([](auto &a) { a.tensors[1].data = a.address(0x1008); }),
            "forward, argument 'cu_seqlens': expected an address aligned to 16 bytes, "
            "got 0x1008");
}

TEST_F(CheckArguments, workspace) {
  EXPECT_EQ(complaint([](auto &a) { a.call.workspace_bytes = 511; }),
            "forward, workspace: expected at least 512 bytes, got 511");
  EXPECT_EQ(complaint([](auto &a) { a.call.workspace = nullptr; }),
            "forward, workspace: expected a device address, got null");
  EXPECT_EQ(complaint([](auto &a) { a.call.workspace = a.address(0x1080); }),
            "forward, workspace: expected an address aligned to 256 bytes, got 0x1080");
}
