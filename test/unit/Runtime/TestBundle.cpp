//===- TestBundle.cpp - Bundles for the runtime's tests -------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TestBundle.h"
#include "ReadBundle.h"
#include "Sha256.h"

#include "gtest/gtest.h"

using namespace fovea::rt;

static const std::string firstCubin = "\177ELF1 cubin";
static const std::string secondCubin = "\177ELF2, cubin";

std::string test::makeFile(const std::string &manifest, const std::string &blobs) {
  std::string file = "FOVEAB02";
  for (int i = 0; i < 8; ++i)
    file += static_cast<char>(uint64_t(manifest.size()) >> (8 * i));
  std::string digits = sha256(manifest);
  for (size_t i = 0; i < digits.size(); i += 2)
    file += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  file += manifest;
  file.resize((file.size() + 15) / 16 * 16, '\0');
  return file + blobs;
}

std::string test::replaced(std::string text, const std::string &from,
                           const std::string &to) {
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  EXPECT_EQ(text.find(from, at + 1), std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

std::string test::getBlobs() { return firstCubin + std::string(5, '\0') + secondCubin; }

std::string test::getManifest() {
  std::string manifest = R"({
  "format": 2, "producer": "fovea test", "target": "sm_90a",
  "cubins": [{"sha256": "FIRST", "offset": 0, "bytes": 11},
             {"sha256": "SECOND", "offset": 16, "bytes": 12}],
  "kernels": [
    {"name": "compress", "symbol": "compress_kernel", "cubin": 0,
     "threads": 128, "shared_bytes": 65536, "registers": 96,
     "params": [
       {"kind": "tensor_map", "argument": 0, "box": [64, 4, 16], "swizzle": 128},
       {"kind": "pointer", "argument": 1},
       {"kind": "scalar", "argument": 2, "type": "i32"},
       {"kind": "programs", "axis": 0},
       {"kind": "programs", "axis": 1}]},
    {"name": "attend", "symbol": "attend_kernel", "cubin": 1,
     "threads": 384, "shared_bytes": 0, "registers": 168,
     "params": [
       {"kind": "pointer", "argument": 0},
       {"kind": "tensor_map", "argument": 1, "box": [16, 1, 32], "swizzle": 64},
       {"kind": "pointer", "argument": 2},
       {"kind": "size", "argument": 3, "axis": 0},
       {"kind": "pointer", "argument": 4},
       {"kind": "scalar", "argument": 5, "type": "i64"},
       {"kind": "scalar", "argument": 5, "type": "f32"},
       {"kind": "programs", "axis": 1}]},
    {"name": "copy", "symbol": "copy_kernel", "cubin": 1,
     "threads": 32, "shared_bytes": 0, "registers": 8,
     "params": [{"kind": "pointer", "argument": 0}, {"kind": "pointer", "argument": 1}]}],
  "entries": [
    {"name": "forward",
     "arguments": [
       {"name": "q", "type": "bf16", "rows": "tokens", "shape": [-1, 4, 64], "output": false},
       {"name": "cu_seqlens", "type": "i32", "rows": "sequence_ends", "shape": [-1], "output": false},
       {"name": "out", "type": "bf16", "rows": "tokens", "shape": [-1, 4, 64], "output": true}],
     "values": [["dim", 0, 0], ["const", 16], ["divui", 0, 1]],
     "workspace": [
       {"type": "f32", "shape": [{"value": 2}, 4, 64], "first": 0, "last": 1},
       {"type": "i32", "shape": [{"value": 0}, 16], "first": 1, "last": 1}],
     "launches": [
       {"kernel": 0, "grid": [{"value": 2}],
        "arguments": [{"argument": 0}, {"workspace": 0}, {"value": 2}]},
       {"kernel": 1, "grid": [{"value": 0}, 4],
        "arguments": [{"argument": 0}, {"workspace": 0}, {"argument": 2}, {"argument": 1},
                      {"workspace": 1}, {"value": 0}]}]},
    {"name": "copy",
     "arguments": [
       {"name": "from", "type": "f32", "rows": "static", "shape": [8], "output": false},
       {"name": "to", "type": "f32", "rows": "static", "shape": [8], "output": true}],
     "values": [], "workspace": [],
     "launches": [{"kernel": 2, "grid": [1], "arguments": [{"argument": 0}, {"argument": 1}]}]}]
})";
  manifest = replaced(manifest, "FIRST", sha256(firstCubin));
  return replaced(manifest, "SECOND", sha256(secondCubin));
}

static std::string padded(std::string text) {
  text.resize((text.size() + 15) / 16 * 16, '\0');
  return text;
}

static const std::string firstPtx("first ptx", 10); // with its NUL
static const std::string otherPtx("other ptx", 10);

std::string test::getPortableBlobs() {
  return padded(firstCubin) + padded(firstPtx) + padded(secondCubin) + otherPtx;
}

std::string test::getPortableManifest() {
  std::string manifest = replaced(getManifest(), "sm_90a", "sm_80");
  auto ptx = [](const std::string &text, int offset) {
    return ", \"ptx\": {\"sha256\": \"" + sha256(text) +
           "\", \"offset\": " + std::to_string(offset) + ", \"bytes\": 10}";
  };
  manifest = replaced(manifest, "\"offset\": 16", "\"offset\": 32");
  manifest = replaced(manifest, "\"bytes\": 11", "\"bytes\": 11" + ptx(firstPtx, 16));
  return replaced(manifest, "\"bytes\": 12", "\"bytes\": 12" + ptx(otherPtx, 48));
}

std::string test::getCheckedManifest() {
  std::string manifest =
      replaced(getManifest(), R"({"name": "copy", "symbol")",
               R"({"name": "check", "symbol": "check_kernel", "cubin": 0,
     "threads": 256, "shared_bytes": 0, "registers": 16,
     "params": [{"kind": "pointer", "argument": 0},
                {"kind": "size", "argument": 0, "axis": 0},
                {"kind": "scalar", "argument": 1, "type": "i64"},
                {"kind": "pointer", "argument": 2}]},
    {"name": "copy", "symbol")");
  manifest = replaced(manifest, R"("kernel": 2, "grid": [1],)",
                      R"("kernel": 3, "grid": [1],)");
  return replaced(manifest, R"({"workspace": 1}, {"value": 0}]}]},)",
                  R"({"workspace": 1}, {"value": 0}]}],
     "checks": [{"kernel": 2, "grid": [1, 1],
                 "arguments": [{"argument": 1}, {"value": 0}, {"report": 0}]}]},)");
}

Program test::readProgram(const std::string &file) {
  Program program;
  Status status = readBundle(file, program);
  EXPECT_FALSE(status.failed()) << status.getText();
  return program;
}

test::ForwardArguments::ForwardArguments(int64_t tokens, int64_t sequences)
    : rows{tokens, 4, 64}, ends{sequences + 1} {
  tensors = {{address(0x10000), FOVEA_BF16, 3, rows},
             {address(0x20000), FOVEA_I32, 1, ends},
             {address(0x30000), FOVEA_BF16, 3, rows}};
  call.tensors = tensors.data();
  call.tensor_count = tensors.size();
  call.workspace = address(0x40000);
  call.workspace_bytes = 1 << 30;
  call.stream = address(0x77);
}
