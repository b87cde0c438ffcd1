//===- BundleHeader.cpp - C declarations of an embedded bundle ------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Target/CHeader/BundleHeader.h"

#include "HeaderText.h"
#include "fovea/Target/Entry/CEntry.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace fovea;
using llvm::StringRef;
using mlir::failure;
using mlir::success;

/// {0}: the spec's file; {1}: the target; {2}: the guard; {3}: the bytes' symbol; {4}:
/// the tag.
static constexpr StringRef firstPart =
    R"(/* Compiled by Fovea from {0} for {1}; do not edit. C99 and C++. Link the
 * object of the same spec and target, and Fovea's runtime. */
#ifndef {2}
#define {2}

#include <fovea/runtime.h>

#ifdef __cplusplus
extern "C" {{
#endif

/** The bundle's bytes, and how many: what foveac --emit=bundle writes to a file. Behind
 * these names are symbols that tell one bundle from another; dlsym finds the short ones. */
#define {3} {3}_{4}
#define {3}_bytes {3}_bytes_{4}
extern const unsigned char {3}[];
extern const uint64_t {3}_bytes;

/** Loads the bundle, as fovea_bundle_load_memory. Arrays are row-major, contiguous, packed
 * by token, in device memory. Its entries and their tensors, in order:
)";

/// {0}: the function's name; {1}: the bytes' symbol; {2}: the guard.
static constexpr StringRef lastPart = R"( */
static inline fovea_status_t {0}(fovea_bundle_t **bundle) {{
  return fovea_bundle_load_memory({1}, (size_t){1}_bytes, bundle);
}

#ifdef __cplusplus
}
#endif

#endif /* {2} */
)";

std::string fovea::getBundleSymbol(StringRef source, StringRef target) {
  return "fovea_" + getIdentifier(source) + "_" + target.str() + "_bundle";
}

static void describeEntry(const EntrySignature &entry, llvm::raw_ostream &stream) {
  stream << " *\n * " << getCommentText(entry.name) << "\n";
  for (const EntryArgument &argument : entry.arguments)
    stream << " *   " << getCommentText(argument.name) << ": "
           << (argument.isOutput ? "output" : "input") << ", [" << getSizes(argument)
           << "] of " << getName(argument.type) << getRowsNote(argument) << "\n";
}

mlir::LogicalResult fovea::emitBundleHeader(mlir::ModuleOp module, StringRef source,
                                            StringRef target,
                                            llvm::raw_ostream &stream) {
  std::vector<EntrySignature> entries;
  if (failed(getEntrySignatures(module, entries)))
    return failure();
  std::string symbol = getBundleSymbol(source, target);
  std::string tag = getContentTag(module, target);
  std::string guard = getHeaderGuard(source, tag);
  std::string load = "fovea_load_" + getIdentifier(source) + "_" + target.str();
  stream << llvm::formatv(firstPart.data(),
                          getCommentText(llvm::sys::path::filename(source)), target,
                          guard, symbol, tag);
  for (const EntrySignature &entry : entries)
    describeEntry(entry, stream);
  stream << llvm::formatv(lastPart.data(), load, symbol, guard);
  return success();
}
