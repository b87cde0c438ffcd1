//===- PtxVersions.cpp - which PTX is for which tools ---------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Target/GPU/PtxVersions.h"

#include "llvm/ADT/STLExtras.h"

using namespace fovea;
using llvm::StringRef;
using llvm::VersionTuple;

namespace {
/// The first CUDA Toolkit whose ptxas takes a PTX version.
struct Toolkit {
  unsigned major, minor, ptx;
};
} // namespace

static constexpr Toolkit toolkits[] = {
    {12, 0, 80}, {12, 1, 81}, {12, 2, 82}, {12, 3, 83}, {12, 4, 84},
    {12, 5, 85}, {12, 7, 86}, {12, 8, 87}, {12, 9, 88}, {13, 0, 90},
    {13, 1, 91}, {13, 2, 92}, {13, 3, 93}, {13, 4, 94}, {13, 5, 95}};

static VersionTuple getVersion(const Toolkit &toolkit) {
  return VersionTuple(toolkit.major, toolkit.minor);
}

VersionTuple fovea::getOldestToolkit() { return getVersion(toolkits[0]); }
VersionTuple fovea::getNewestToolkit() { return getVersion(std::end(toolkits)[-1]); }

unsigned fovea::getNewestPtx(const VersionTuple &toolkit) {
  unsigned newest = 0;
  for (const Toolkit &known : toolkits)
    if (getVersion(known) <= toolkit)
      newest = known.ptx;
  return newest;
}

VersionTuple fovea::getFirstToolkit(unsigned ptx) {
  for (const Toolkit &known : toolkits)
    if (known.ptx >= ptx)
      return getVersion(known);
  return {};
}

std::string fovea::formatPtxVersion(unsigned ptx) {
  return std::to_string(ptx / 10) + "." + std::to_string(ptx % 10);
}

unsigned fovea::readPtxVersion(StringRef ptx) {
  StringRef number = ptx.split("\n.version ").second.ltrim();
  unsigned major = 0, minor = 0;
  if (number.consumeInteger(10, major) || !number.consume_front(".") ||
      number.consumeInteger(10, minor))
    return 0;
  return major * 10 + minor;
}
