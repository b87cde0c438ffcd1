//===- ReadBundleTest.cpp - Whole, truncated and corrupted bundles --------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ReadBundle.h"
#include "Sha256.h"
#include "TestBundle.h"

#include "gtest/gtest.h"

using namespace fovea::rt;
using namespace fovea::rt::test;

namespace {

std::string complaint(const std::string &file) {
  Program program;
  Status status = readBundle(file, program);
  EXPECT_EQ(status.getCode(), FOVEA_INVALID_BUNDLE);
  return status.getText();
}

/// What is said of the manifest with `from` replaced by `to`.
std::string complaint(const std::string &from, const std::string &to) {
  std::string text = complaint(makeFile(replaced(getManifest(), from, to), getBlobs()));
  EXPECT_EQ(text.rfind("manifest: ", 0), 0u) << text;
  return text.substr(std::min<size_t>(text.size(), 10));
}

} // namespace

TEST(ReadBundle, whole) {
  Program program = readProgram(getFile());
  EXPECT_EQ(program.producer, "fovea test");
  EXPECT_EQ(program.target.smVersion, 90u);
  EXPECT_TRUE(program.target.exact);
  ASSERT_EQ(program.cubins.size(), 2u);
  EXPECT_EQ(getFile().substr(program.cubins[1].offset, program.cubins[1].bytes),
            "\177ELF2, cubin");
  ASSERT_EQ(program.kernels.size(), 3u);
  EXPECT_EQ(program.kernels[0].sharedBytes, 65536u);
  EXPECT_EQ(program.kernels[0].params[0].boxRank, 3u);
  ASSERT_EQ(program.entries.size(), 2u);
  const Entry &entry = program.entries[0];
  EXPECT_EQ(entry.arguments[0].shape.sizes[0], dynamicSize);
  EXPECT_EQ(entry.arguments[1].rows, FOVEA_ROWS_SEQUENCE_ENDS);
  EXPECT_TRUE(entry.arguments[2].output);
  EXPECT_EQ(entry.values[2].kind, Value::Kind::DivU);
  EXPECT_EQ(entry.launches[1].grid.size(), 2u);
}

TEST(ReadBundle, rows_that_count_several_tokens) {
  std::string manifest =
      replaced(getManifest(), "\"sequence_ends\"", "\"tokens / 16\"");
  Program program = readProgram(makeFile(manifest, getBlobs()));
  const Argument &argument = program.entries[0].arguments[1];
  EXPECT_EQ(argument.rows, FOVEA_ROWS_TOKENS);
  EXPECT_EQ(argument.tokensPerRow, 16);
  EXPECT_EQ(program.entries[0].arguments[0].tokensPerRow, 1);
}

TEST(ReadBundle, an_unknown_key_is_room_for_later) {
  readProgram(
      makeFile(replaced(getManifest(), "\"format\": 2", "\"note\": 1.5, \"format\": 2"),
               getBlobs()));
}

TEST(ReadBundle, truncated_at_every_byte) {
  std::string file = getFile();
  for (size_t bytes = 0; bytes < file.size(); ++bytes)
    EXPECT_NE(complaint(file.substr(0, bytes)), "") << bytes;
}

TEST(ReadBundle, every_bit_counts) {
  std::string file = getPortableFile();
  readProgram(file);
  for (size_t i = 0; i < file.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string corrupted = file;
      corrupted[i] ^= 1 << bit;
      Program program;
      EXPECT_TRUE(readBundle(corrupted, program).failed())
          << "byte " << i << ", bit " << bit;
    }
  }
}

TEST(ReadBundle, nothing_follows_the_last_blob) {
  std::string file = getFile();
  EXPECT_EQ(complaint(file + '\0'),
            format("manifest: expected a file of %zu bytes, got %zu: the file is "
                   "corrupted",
                   file.size(), file.size() + 1));
}

TEST(ReadBundle, numbers_out_of_range_never_crash) {
  // Every number of the manifest, replaced by others.
  std::string manifest = getManifest();
  const char *numbers[] = {"-1", "7", "1000000", "9223372036854775807", "null", "[]"};
  for (size_t i = 0; i < manifest.size(); ++i) {
    if (!isdigit(manifest[i]) || isalnum(manifest[i - 1]) || manifest[i - 1] == '"')
      continue;
    size_t end = manifest.find_first_not_of("0123456789", i);
    for (const char *number : numbers) {
      Program program;
      std::string other = manifest;
      Status status =
          readBundle(makeFile(other.replace(i, end - i, number), getBlobs()), program);
      EXPECT_TRUE(!status.failed() ||
                  status.getText().find("expected") != std::string::npos)
          << status.getText();
    }
  }
}

TEST(ReadBundle, the_header) {
  EXPECT_EQ(complaint(std::string("FOVEAB02")),
            "expected a header of 48 bytes, got a file of 8");
  std::string file = getFile();
  EXPECT_EQ(complaint("FOVEAX02" + file.substr(8)),
            "expected a file that starts with FOVEAB02, got other bytes: this is no "
            "bundle");
  for (int other : {1, 3, 12})
    EXPECT_EQ(
        complaint(format("FOVEAB%02d", other) + file.substr(8)),
        format("expected a bundle of format 2, got format %d: compile it with the "
               "Fovea of this runtime",
               other));
  std::string huge = file;
  std::fill(huge.begin() + 8, huge.begin() + 16, '\xFF');
  EXPECT_NE(complaint(huge).find("expected a manifest of 18446744073709551615 bytes"),
            std::string::npos);
  std::string changed = replaced(file, "\"registers\": 96", "\"registers\": 98");
  EXPECT_EQ(complaint(changed).rfind("expected a manifest of SHA-256 ", 0), 0u);
}

TEST(ReadBundle, the_manifest) {
  EXPECT_EQ(complaint("\"format\": 2", "\"format\": 1"),
            "format: expected 2, got 1: this runtime reads bundles of no other format");
  EXPECT_EQ(complaint("\"producer\": \"fovea test\",", ""),
            "expected a key \"producer\", got none");
  EXPECT_EQ(complaint("sm_90a", "sm_9x"),
            "target: expected a target like sm_90a, got \"sm_9x\"");
  EXPECT_EQ(complaint("\"fovea test\"", "[]"),
            "producer: expected a string, got an array");
  EXPECT_EQ(complaint("\"fovea test\"", "\"a\\u0000b\""),
            "producer: expected a string without NUL");
  EXPECT_EQ(complaint("\"name\": \"copy\",\n     \"arg",
                      "\"name\": \"forward\",\n     \"arg"),
            "entries: expected distinct names, got \"forward\" twice");
}

TEST(ReadBundle, ptx) {
  Program program = readProgram(getPortableFile());
  const Blob &ptx = program.cubins.at(1).ptx;
  EXPECT_EQ(getPortableFile().substr(ptx.offset, ptx.bytes),
            std::string("other ptx", 10));
  EXPECT_EQ(readProgram(getFile()).cubins.at(1).ptx.bytes, 0u);
}

TEST(ReadBundle, ptx_without_an_end) {
  std::string manifest = getPortableManifest();
  manifest =
      replaced(manifest, sha256(std::string("first ptx", 10)), sha256("first ptx"));
  size_t at = manifest.find("\"bytes\": 10");
  manifest.replace(at, 11, "\"bytes\": 9");
  Program program;
  EXPECT_EQ(
      readBundle(makeFile(manifest, getPortableBlobs()), program).getText(),
      "manifest: cubins[0].ptx: expected text that ends with a NUL, got another end");
}

TEST(ReadBundle, cubins) {
  EXPECT_EQ(complaint("\"offset\": 16", "\"offset\": 8"),
            "cubins[1].offset: expected 16, the first multiple of 16 behind what comes "
            "before, got 8");
  EXPECT_EQ(complaint("\"offset\": 16", "\"offset\": 32"),
            "cubins[1].offset: expected 16, the first multiple of 16 behind what comes "
            "before, got 32");
  EXPECT_EQ(
      complaint("\"bytes\": 12", "\"bytes\": 13"),
      "cubins[1]: expected 13 bytes at offset 16, got 28 bytes of cubins: the file "
      "is truncated");
  EXPECT_NE(complaint("\"bytes\": 12", "\"bytes\": 11").find("the file is corrupted"),
            std::string::npos);
}

TEST(ReadBundle, a_cubin_is_an_elf_file) {
  std::string blobs = getBlobs(), text = "not ELF at all";
  std::string manifest =
      replaced(getManifest(), sha256(blobs.substr(16)), sha256(text));
  manifest = replaced(manifest, "\"bytes\": 12", "\"bytes\": 14");
  EXPECT_EQ(complaint(makeFile(manifest, blobs.substr(0, 16) + text)),
            "manifest: cubins[1]: expected an ELF file, got other bytes");
}

TEST(ReadBundle, checks) {
  Program program = readProgram(getCheckedFile());
  const Entry &entry = program.entries[0];
  EXPECT_TRUE(entry.hasChecks);
  ASSERT_EQ(entry.checks.size(), 1u);
  EXPECT_EQ(entry.checks[0].argument, 1u);
  EXPECT_EQ(entry.checks[0].tokens, 0u);
  EXPECT_EQ(entry.checks[0].report, 0u);
  EXPECT_EQ(entry.checks[0].launch.kernel, 2u);
  EXPECT_FALSE(program.entries[1].hasChecks);

  auto complain = [](const std::string &from, const std::string &to) {
    std::string text =
        complaint(makeFile(replaced(getCheckedManifest(), from, to), getBlobs()));
    return replaced(text, "manifest: entries[0].checks[0].", "");
  };
  EXPECT_EQ(complain("{\"report\": 0}", "{\"report\": 1}"),
            "arguments[2].report: expected the number of one of 1 reports, got 1");
  EXPECT_EQ(complain(", {\"report\": 0}", ""),
            "arguments: expected an argument, a value and a report, got 2 elements");
  EXPECT_EQ(complain("[{\"argument\": 1}, {\"value\": 0}, {\"report\"",
                     "[{\"argument\": 0}, {\"value\": 0}, {\"report\""),
            "arguments[0]: expected offsets, of type i32 and rank 1, got 'q'");
  EXPECT_EQ(complain("\"grid\": [1, 1]", "\"grid\": [1, 0]"),
            "grid[1]: expected a number of at least 1, got another size");
  EXPECT_EQ(
      complain("{\"kind\": \"pointer\", \"argument\": 2}]},\n    {\"name\": \"copy\"",
               "{\"kind\": \"size\", \"argument\": 2, \"axis\": 0}]},\n    "
               "{\"name\": \"copy\""),
      "arguments[2]: expected an array, got an element of the report, which has "
      "an address only");
}

TEST(ReadBundle, reports_are_each_checks_own) {
  std::string check = R"({"kernel": 2, "grid": [1, 1],
                 "arguments": [{"argument": 1}, {"value": 0}, {"report": 0}]})";
  std::string manifest = replaced(getCheckedManifest(), check, check + ", " + check);
  EXPECT_EQ(
      complaint(makeFile(manifest, getBlobs())),
      "manifest: entries[0].checks[1].arguments[2]: expected a report of its own, "
      "got 0 twice");
}

TEST(ReadBundle, a_kernel_of_many_parameters) {
  std::string params;
  for (int i = 0; i < 1025; ++i)
    params += "{\"kind\": \"pointer\", \"argument\": 0}, ";
  EXPECT_EQ(complaint("\"params\": [{\"kind\": \"pointer\", \"argument\": 0}, ",
                      "\"params\": [" + params),
            "kernels[2].params: expected at most 1024 parameters, got 1026");
}

TEST(ReadBundle, kernels) {
  EXPECT_EQ(complaint("\"cubin\": 0", "\"cubin\": 2"),
            "kernels[0].cubin: expected the number of one of 2 cubins, got 2");
  EXPECT_EQ(complaint("{\"kind\": \"pointer\", \"argument\": 4}",
                      "{\"kind\": \"pointer\", \"argument\": 4, \"read_only\": 1}"),
            "kernels[1].params[4].read_only: expected a boolean, got an integer");
  EXPECT_EQ(complaint("\"threads\": 384", "\"threads\": 1025"),
            "kernels[1].threads: expected 1 to 1024, got 1025");
  EXPECT_EQ(
      complaint("\"kind\": \"size\"", "\"kind\": \"sizes\""),
      "kernels[1].params[3].kind: expected one of pointer, size, scalar, programs, "
      "tensor_map; got \"sizes\"");
  EXPECT_EQ(complaint("[64, 4, 16]", "[64, 4, 257]"),
            "kernels[0].params[0].box[2]: expected 1 to 256, got 257");
  EXPECT_EQ(complaint("\"swizzle\": 64", "\"swizzle\": 48"),
            "kernels[1].params[1].swizzle: expected 0, 32, 64 or 128, got 48");
}

TEST(ReadBundle, entries) {
  EXPECT_EQ(complaint("\"rows\": \"sequence_ends\", \"shape\": [-1]",
                      "\"rows\": \"sequence_ends\", \"shape\": []"),
            "entries[0].arguments[1].shape: expected 1 to 8 sizes, got 0");
  EXPECT_EQ(complaint("\"rows\": \"sequence_ends\"", "\"rows\": \"leaves\""),
            "entries[0].arguments[1].rows: expected one of static, tokens, "
            "sequence_ends, sequences, key_tokens, key_sequence_ends, pages; got "
            "\"leaves\"");
  for (std::string rows : {"tokens / 1", "tokens / -4", "tokens / ", "tokens / 4x"})
    EXPECT_EQ(complaint("\"rows\": \"sequence_ends\"", "\"rows\": \"" + rows + "\""),
              "entries[0].arguments[1].rows: expected tokens / a number of at least 2, "
              "got \"" +
                  rows + "\"");
  EXPECT_EQ(complaint("[\"const\", 16]", "[\"const\", 16, 1]"),
            "entries[0].values[1]: expected 2 elements, got 3");
  EXPECT_EQ(complaint("[\"divui\", 0, 1]", "[\"divui\", 0, 2]"),
            "entries[0].values[2][2]: expected the number of one of 2 earlier values, "
            "got 2");
  EXPECT_EQ(complaint("[\"dim\", 0, 0]", "[\"dim\", 1, 1]"),
            "entries[0].values[0][2]: expected the number of one of 1 axes, got 1");
  EXPECT_EQ(complaint("\"i32\", \"shape\": [{\"value\": 0}, 16]",
                      "\"i8\", \"shape\": [{\"value\": 0}, 16]"),
            "entries[0].workspace[1].type: expected bf16, f16, f32, i32 or i64, got "
            "\"i8\"");
  EXPECT_EQ(complaint("\"first\": 0, \"last\": 1", "\"first\": 0, \"last\": 0"),
            "entries[0].launches[1].arguments[1]: expected a use in the intermediate's "
            "life, launches 0 to 0, got launch 1");
  EXPECT_EQ(complaint("\"grid\": [1]", "\"grid\": [1, 1, 1]"),
            "entries[1].launches[0].grid: expected 1 to 2 sizes, got 3");
  EXPECT_EQ(
      complaint("\"grid\": [1]", "\"grid\": [-1]"),
      "entries[1].launches[0].grid[0]: expected 0 to 9223372036854775807, got -1");
}

TEST(ReadBundle, launches_fit_their_kernels) {
  EXPECT_EQ(
      complaint("{\"workspace\": 0}, {\"value\": 2}]", "{\"workspace\": 0}]"),
      "entries[0].launches[0].arguments: expected argument 2, which the kernel has "
      "a parameter of, got 2 arguments");
  EXPECT_EQ(complaint("{\"workspace\": 0}, {\"value\": 2}]",
                      "{\"workspace\": 0}, {\"argument\": 2}]"),
            "entries[0].launches[0].arguments[2]: expected a value, got an array");
  EXPECT_EQ(complaint("{\"argument\": 0}, {\"workspace\": 0}, {\"value\": 2}",
                      "{\"value\": 0}, {\"workspace\": 0}, {\"value\": 2}"),
            "entries[0].launches[0].arguments[0]: expected an array, got a value");
  EXPECT_EQ(complaint("\"argument\": 3, \"axis\": 0", "\"argument\": 3, \"axis\": 1"),
            "entries[0].launches[1].arguments[3]: expected an array with axis 1, got "
            "rank 1");
  EXPECT_EQ(
      complaint("[64, 4, 16]", "[64, 4]"),
      "entries[0].launches[0].arguments[0]: expected a box of the array's rank, 3, "
      "got 2");
  EXPECT_EQ(
      complaint("[64, 4, 16]", "[128, 4, 16]"),
      "entries[0].launches[0].arguments[0]: expected a box whose rows are at most "
      "the swizzle's 128 bytes, got 256");
  EXPECT_EQ(complaint("[64, 4, 16]", "[60, 4, 16]"),
            "entries[0].launches[0].arguments[0]: expected a box whose rows are a "
            "multiple of 16 bytes, got 120");
}

TEST(ReadBundle, files) {
  std::string bytes;
  Status status = readFile("/nonexistent/bundle", bytes);
  EXPECT_EQ(status.getCode(), FOVEA_NOT_FOUND);
  EXPECT_EQ(status.getText(), "/nonexistent/bundle: No such file or directory");
  EXPECT_EQ(readFile("/", bytes).getCode(), FOVEA_NOT_FOUND);
}
