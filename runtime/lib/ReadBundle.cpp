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

// "FOVEAB" and the format's number in two digits, the manifest's length, its hash.
static constexpr std::string_view magicName = "FOVEAB";
static constexpr size_t magicBytes = 8;
static constexpr size_t hashBytes = 32;
static constexpr size_t headerBytes = magicBytes + sizeof(uint64_t) + hashBytes;
static constexpr size_t blobAlignment = 16;
static constexpr int64_t bundleFormat = 2;
static constexpr std::string_view elfMagic = "\177ELF";

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

/// The first 8 bytes.
static Status checkMagic(std::string_view bytes) {
  std::string_view digits = bytes.substr(0, magicBytes);
  bool named = digits.substr(0, magicName.size()) == magicName;
  digits.remove_prefix(named ? magicName.size() : 0);
  int64_t got = 0;
  for (char digit : digits) {
    named = named && digit >= '0' && digit <= '9';
    got = named ? got * 10 + (digit - '0') : 0;
  }
  if (!named)
    return invalidBundle(format("expected a file that starts with FOVEAB%02lld, got "
                                "other bytes: this is no bundle",
                                static_cast<long long>(bundleFormat)));
  if (got != bundleFormat)
    return invalidBundle(format("expected a bundle of format %lld, got format %lld: "
                                "compile it with the Fovea of this runtime",
                                static_cast<long long>(bundleFormat),
                                static_cast<long long>(got)));
  return {};
}

static std::string toHexadecimal(std::string_view bytes) {
  std::string digits;
  for (unsigned char byte : bytes)
    digits += format("%02x", byte);
  return digits;
}

/// The manifest's text, whose hash is the header's.
static Status findManifest(std::string_view bytes, std::string_view &manifest) {
  Status status;
  if (bytes.size() >= magicBytes)
    status = checkMagic(bytes);
  if (!status.failed() && bytes.size() < headerBytes)
    status = invalidBundle(format("expected a header of %zu bytes, got a file of %zu",
                                  headerBytes, bytes.size()));
  if (status.failed())
    return status;
  uint64_t length = 0;
  for (int i = 7; i >= 0; --i)
    length = length << 8 | static_cast<unsigned char>(bytes[magicBytes + i]);
  if (length > bytes.size() - headerBytes)
    return invalidBundle(format("expected a manifest of %llu bytes, got %zu until the "
                                "file's end: the file is truncated",
                                static_cast<unsigned long long>(length),
                                bytes.size() - headerBytes));
  manifest = bytes.substr(headerBytes, length);
  std::string hash = toHexadecimal(bytes.substr(headerBytes - hashBytes, hashBytes));
  if (std::string got = sha256(manifest); got != hash)
    return invalidBundle("expected a manifest of SHA-256 " + hash + ", got " + got +
                         ": the file is corrupted");
  return {};
}

namespace {

/// Reads blobs in the order of the file and sees to it that they fill it: each follows
/// the one before it, with zeros up to a multiple of 16 and nothing behind the last.
class BlobReader {
public:
  /// `bytes` is the file; its blobs follow its first `end` bytes.
  BlobReader(std::string_view bytes, size_t end)
      : bytes(bytes), end(end), blobs(align(end)) {}

  /// What a manifest's `sha256`, `offset` and `bytes` say is there.
  Blob read(const ManifestField &field);
  Status finish() const;

private:
  static size_t align(size_t size) {
    return (size + blobAlignment - 1) / blobAlignment * blobAlignment;
  }
  Status checkPadding(size_t begin) const;

  std::string_view bytes;
  size_t end; // of what was read
  size_t blobs;
};

} // namespace

Status BlobReader::checkPadding(size_t begin) const {
  for (size_t i = end; i < begin; ++i)
    if (bytes[i] != '\0')
      return invalidBundle(
          format("expected zeros from byte %zu to byte %zu, got another at byte %zu: "
                 "the file is corrupted",
                 end, begin, i));
  return {};
}

Blob BlobReader::read(const ManifestField &field) {
  Blob blob;
  auto offset = static_cast<size_t>(field["offset"].getInteger(0, INT64_MAX));
  auto length = static_cast<size_t>(field["bytes"].getInteger(1, INT64_MAX));
  std::string hash = field["sha256"].getString();
  if (field.failed())
    return blob;
  size_t begin = align(end),
         available = bytes.size() > blobs ? bytes.size() - blobs : 0;
  if (offset != begin - blobs)
    field["offset"].fail(format("expected %zu, the first multiple of %zu behind what "
                                "comes before, got %zu",
                                begin - blobs, blobAlignment, offset));
  else if (offset > available || length > available - offset)
    field.fail(format("expected %zu bytes at offset %zu, got %zu bytes of cubins: the "
                      "file is truncated",
                      length, offset, available));
  else if (Status status = checkPadding(begin); status.failed())
    field.fail(status.getText());
  if (field.failed())
    return blob;
  blob.offset = begin;
  blob.bytes = length;
  end = begin + length;
  if (std::string got = sha256(bytes.substr(begin, length)); got != hash)
    field["sha256"].fail("expected " + hash + ", got " + got +
                         " for the file's bytes: the file is corrupted");
  return blob;
}

Status BlobReader::finish() const {
  if (bytes.size() == end)
    return {};
  return invalidBundle(format("expected a file of %zu bytes, got %zu: the file is "
                              "corrupted",
                              end, bytes.size()));
}

static Cubin readCubin(const ManifestField &field, std::string_view bytes,
                       BlobReader &blobs) {
  Cubin cubin;
  static_cast<Blob &>(cubin) = blobs.read(field);
  if (!field.failed() && bytes.substr(cubin.offset, elfMagic.size()) != elfMagic)
    field.fail("expected an ELF file, got other bytes");
  if (!field.has("ptx"))
    return cubin;
  cubin.ptx = blobs.read(field["ptx"]);
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
  if (Status status = findManifest(bytes, text); status.failed())
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
  BlobReader blobs(bytes, headerBytes + text.size());
  for (const ManifestField &cubin : field["cubins"].getElements())
    program.cubins.push_back(readCubin(cubin, bytes, blobs));
  if (!status.failed())
    status = blobs.finish();
  for (const ManifestField &kernel : field["kernels"].getElements())
    program.kernels.push_back(readKernel(kernel, program.cubins.size()));
  for (const ManifestField &entry : field["entries"].getElements())
    program.entries.push_back(readEntry(entry, program.kernels));
  checkDistinctNames(field["entries"], program.entries);
  return status.at("manifest");
}
