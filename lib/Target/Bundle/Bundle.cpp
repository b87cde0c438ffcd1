//===- Bundle.cpp - the file that the runtime loads -----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Target/Bundle/Bundle.h"

#include "CodeTable.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/EndianStream.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/raw_ostream.h"

using namespace fovea;

static constexpr llvm::StringLiteral magic = "FOVEAB02";

void fovea::writeBundle(const Bundle &bundle, llvm::raw_ostream &stream) {
  std::string manifest;
  llvm::raw_string_ostream manifestStream(manifest);
  writeManifest(bundle, manifestStream);
  uint64_t begin = stream.tell();
  auto align = [&] {
    uint64_t size = stream.tell() - begin;
    stream.write_zeros(llvm::alignTo(size, kBlobAlignment) - size);
  };
  stream << magic;
  llvm::support::endian::write<uint64_t>(stream, manifest.size(),
                                         llvm::endianness::little);
  std::array<uint8_t, 32> hash =
      llvm::SHA256::hash(llvm::arrayRefFromStringRef(manifest));
  stream << llvm::toStringRef(hash) << manifest;
  for (const CodeTable::Blob &blob : CodeTable(bundle).getBlobs()) {
    align();
    stream << blob.bytes;
  }
}
