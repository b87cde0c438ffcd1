//===- ReadBundle.cpp - The file around the manifest ----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ReadBundle.h"
#include "Sha256.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <set>

using namespace fovea::rt;

static constexpr std::string_view magic = "FOVEAB01";
static constexpr size_t headerBytes = 16;
static constexpr size_t blobAlignment = 16;
static constexpr int64_t bundleFormat = 1;

Status fovea::rt::readFile(const char *path, std::string &bytes) {
  auto failure = [&] {
    return Status(FOVEA_NOT_FOUND, std::string(path) + ": " + std::strerror(errno));
  };
  std::unique_ptr<std::FILE, int (*)(std::FILE *)> file(std::fopen(path, "rb"),
                                                        std::fclose);
  if (!file)
    return failure();
  bytes.clear();
  char chunk[1 << 16];
  while (size_t count = std::fread(chunk, 1, sizeof(chunk), file.get()))
    bytes.append(chunk, count);
  return std::ferror(file.get()) ? failure() : Status();
}

/// The manifest's text, and where the cubins start.
static Status splitFile(std::string_view bytes, std::string_view &manifest,
                        size_t &blobs) {
  if (bytes.size() < headerBytes)
    return invalidBundle(format("expected a header of %zu bytes, got a file of %zu",
                                headerBytes, bytes.size()));
  if (bytes.substr(0, magic.size()) != magic)
    return invalidBundle("expected a file that starts with FOVEAB01, got other bytes: "
                         "this is no bundle, or one of another version");
  uint64_t length = 0;
  for (int i = 7; i >= 0; --i)
    length = length << 8 | static_cast<unsigned char>(bytes[magic.size() + i]);
  if (length > bytes.size() - headerBytes)
    return invalidBundle(format("expected a manifest of %llu bytes, got %zu until the "
                                "file's end: the file is truncated",
                                static_cast<unsigned long long>(length),
                                bytes.size() - headerBytes));
  manifest = bytes.substr(headerBytes, length);
  blobs = (headerBytes + length + blobAlignment - 1) / blobAlignment * blobAlignment;
  return {};
}

/// Blobs do not overlap, so that to hash all of them is to read the file once: `left`
/// is how many bytes the blobs that are still to be read may have together.
static Blob readBlob(const ManifestField &field, std::string_view bytes, size_t blobs,
                     size_t &left) {
  size_t available = bytes.size() > blobs ? bytes.size() - blobs : 0;
  Blob blob;
  int64_t offset = field["offset"].getInteger(0, INT64_MAX);
  int64_t length = field["bytes"].getInteger(1, INT64_MAX);
  std::string hash = field["sha256"].getString();
  if (field.failed())
    return blob;
  if (offset % blobAlignment != 0)
    field["offset"].fail(format("expected a multiple of %zu, got %lld", blobAlignment,
                                static_cast<long long>(offset)));
  else if (static_cast<uint64_t>(offset) > available ||
           static_cast<uint64_t>(length) > available - offset)
    field.fail(format(
        "expected %lld bytes at offset %lld, got %zu bytes of cubins: the "
        "file is truncated",
        static_cast<long long>(length), static_cast<long long>(offset), available));
  else if (static_cast<uint64_t>(length) > left)
    field.fail(
        format("expected blobs that do not overlap, got %lld bytes where %zu are "
               "left of the file",
               static_cast<long long>(length), left));
  if (field.failed())
    return blob;
  left -= length;
  blob.offset = blobs + offset;
  blob.bytes = length;
  if (std::string got = sha256(bytes.substr(blob.offset, blob.bytes)); got != hash)
    field["sha256"].fail("expected " + hash + ", got " + got +
                         " for the file's bytes: the file is corrupted");
  return blob;
}

static Cubin readCubin(const ManifestField &field, std::string_view bytes, size_t blobs,
                       size_t &left) {
  Cubin cubin;
  static_cast<Blob &>(cubin) = readBlob(field, bytes, blobs, left);
  if (!field.has("ptx"))
    return cubin;
  cubin.ptx = readBlob(field["ptx"], bytes, blobs, left);
  if (!field.failed() && bytes[cubin.ptx.offset + cubin.ptx.bytes - 1] != '\0')
    field["ptx"].fail("expected text that ends with a NUL, got another end");
  return cubin;
}

/// "sm_90a" and such.
static Target readTarget(const ManifestField &field) {
  Target target;
  target.name = field.getString();
  std::string_view rest = target.name;
  bool valid = rest.substr(0, 3) == "sm_";
  rest.remove_prefix(valid ? 3 : 0);
  target.exact = valid && !rest.empty() && rest.back() == 'a';
  rest.remove_suffix(target.exact ? 1 : 0);
  valid = valid && (rest.size() == 2 || rest.size() == 3);
  for (char digit : rest) {
    valid = valid && digit >= '0' && digit <= '9';
    target.smVersion = valid ? target.smVersion * 10 + (digit - '0') : 0;
  }
  if (!valid)
    field.fail("expected a target like sm_90a, got \"" + target.name + "\"");
  return target;
}

static void checkDistinctNames(const ManifestField &field,
                               const std::vector<Entry> &entries) {
  std::set<std::string_view> known;
  for (const Entry &entry : entries)
    if (!known.insert(entry.name).second)
      field.fail("expected distinct names, got \"" + entry.name + "\" twice");
}

Status fovea::rt::readBundle(std::string_view bytes, Program &program) {
  std::string_view text;
  size_t blobs = 0;
  if (Status status = splitFile(bytes, text, blobs); status.failed())
    return status;
  JsonValue manifest;
  if (Status status = readJson(text, manifest); status.failed())
    return status.at("manifest");

  Status status;
  ManifestField field(manifest, status);
  program = Program();
  if (int64_t got = field["format"].getInteger(); got != bundleFormat)
    field["format"].fail(
        format("expected %lld, got %lld: this runtime reads bundles of "
               "no other format",
               static_cast<long long>(bundleFormat), static_cast<long long>(got)));
  program.producer = field["producer"].getString();
  program.target = readTarget(field["target"]);
  size_t left = bytes.size() > blobs ? bytes.size() - blobs : 0;
  for (const ManifestField &cubin : field["cubins"].getElements())
    program.cubins.push_back(readCubin(cubin, bytes, blobs, left));
  for (const ManifestField &kernel : field["kernels"].getElements())
    program.kernels.push_back(readKernel(kernel, program.cubins.size()));
  for (const ManifestField &entry : field["entries"].getElements())
    program.entries.push_back(readEntry(entry, program.kernels));
  checkDistinctNames(field["entries"], program.entries);
  return status.at("manifest");
}
