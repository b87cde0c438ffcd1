//===- CHeader.cpp - C declarations of compiled entries -------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Target/CHeader/CHeader.h"

#include "HeaderText.h"
#include "fovea/Target/Entry/CEntry.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace fovea;
using llvm::StringRef;
using mlir::failure;
using mlir::success;

/// What all headers share, guarded so that they may be mixed.
static void emitStatuses(llvm::raw_ostream &stream) {
  stream << "\n#ifndef FOVEA_CPU_STATUS\n#define FOVEA_CPU_STATUS\n"
         << "/** What an entry returns. Outputs are whole only with FOVEA_CPU_OK. */\n"
         << "enum fovea_cpu_status {";
  llvm::interleave(
      getCpuStatuses(), stream,
      [&](const CpuStatusInfo &info) {
        if (!info.doc.empty())
          stream << "\n  /** " << info.doc << " */";
        stream << "\n  " << info.name << " = " << int32_t(info.status);
      },
      ",");
  stream << "\n};\n\n/** One line of text for a status. */\n"
         << "static inline const char *fovea_cpu_status_text(int status) {\n"
         << "  switch (status) {\n";
  for (const CpuStatusInfo &info : getCpuStatuses())
    stream << "  case " << info.name << ":\n    return \"" << info.text << "\";\n";
  stream << "  default:\n    return \"unknown status\";\n  }\n}\n#endif\n";
}

static StringRef getCType(ElementType type) {
  switch (type) {
  case ElementType::F32:
    return "float";
  case ElementType::F16:
  case ElementType::BF16:
    return "uint16_t";
  case ElementType::I32:
    return "int32_t";
  }
  llvm_unreachable("unknown element type");
}

static void emitArguments(const EntrySignature &entry, llvm::raw_ostream &stream) {
  stream << "\n/** The arrays of " << entry.name
         << ": row-major, contiguous, packed by token. */\n"
         << "struct " << entry.name << "_args {\n"
         << "  /** Tokens of all sequences. */\n  int64_t tokens;\n"
         << "  /** Number of sequences. */\n  int64_t sequences;\n";
  if (entry.hasKeyTokens())
    stream << "  /** Rows of tokens that are keys, of all sequences. */\n"
              "  int64_t key_tokens;\n";
  if (entry.hasPages())
    stream << "  /** Pages of the caches. */\n  int64_t pages;\n";
  for (const EntryArgument &argument : entry.arguments) {
    stream << "  /** " << (argument.isOutput ? "Output" : "Input") << ", ["
           << getSizes(argument) << "] of " << getName(argument.type)
           << (getCType(argument.type) == "uint16_t" ? ", as bits" : "")
           << getRowsNote(argument) << ". */\n  " << (argument.isOutput ? "" : "const ")
           << getCType(argument.type) << " *" << argument.name << ";\n";
  }
  stream << "};\n\n";
}

/// {0}: the entry's name; {1}: its symbol; {2}: the tag.
static constexpr StringRef functionPart =
    R"(/** The object's function. The tag in its name tells it from any other {0};
 * dlsym finds it as {1} too. */
int32_t {1}_{2}(const struct {0}_args *args);

/** Checks its arguments, then computes; returns an enum fovea_cpu_status. May be called
 * from several threads at once. */
static inline int32_t {0}(const struct {0}_args *args) {{
  return {1}_{2}(args);
}
)";

mlir::LogicalResult fovea::emitCHeader(mlir::ModuleOp module, StringRef source,
                                       StringRef target, llvm::raw_ostream &stream) {
  std::vector<EntrySignature> entries;
  if (failed(getEntrySignatures(module, entries)))
    return failure();
  for (const EntrySignature &entry : entries)
    if (failed(checkCNames(module, entry)))
      return failure();

  std::string tag = getContentTag(module, target);
  std::string guard = getHeaderGuard(source, tag);
  stream << "/* Compiled by Fovea from "
         << getCommentText(llvm::sys::path::filename(source))
         << "; do not edit. C99 and C++. Link the object\n"
         << " * of the same spec and options, libm, and LLVM's OpenMP runtime "
            "(libomp). */\n"
         << "#ifndef " << guard << "\n#define " << guard << "\n\n#include <stdint.h>\n"
         << "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n";
  emitStatuses(stream);
  for (const EntrySignature &entry : entries) {
    emitArguments(entry, stream);
    stream << llvm::formatv(functionPart.data(), entry.name, getCpuSymbol(entry.name),
                            tag);
  }
  stream << "\n#ifdef __cplusplus\n}\n#endif\n\n#endif /* " << guard << " */\n";
  return success();
}
