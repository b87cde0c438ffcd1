//===- EntryJson.h - entries as JSON ----------------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TARGET_ENTRY_ENTRYJSON_H
#define FOVEA_TARGET_ENTRY_ENTRYJSON_H

#include "fovea/Target/Entry/EntrySignature.h"

namespace llvm::json {
class OStream;
}

namespace fovea {

/// The first keys of an entry as docs/bundle.md has them, into the object that is open:
/// `name`, `most_tokens` where there is such a bound, and `arguments`.
void writeSignature(const EntrySignature &entry, llvm::json::OStream &json);

} // namespace fovea

#endif // FOVEA_TARGET_ENTRY_ENTRYJSON_H
