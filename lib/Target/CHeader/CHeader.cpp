//===- CHeader.cpp - C declarations of compiled entries -------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Target/CHeader/CHeader.h"

#include "HeaderText.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <set>

using namespace fovea;
using llvm::StringRef;
using mlir::failure;
using mlir::success;

/// What all headers share, each part guarded so that they may be mixed.
static constexpr StringRef commonPart = R"(
#ifndef FOVEA_CPU_STATUS
#define FOVEA_CPU_STATUS
/** What an entry returns. Outputs are written only with FOVEA_CPU_OK. */
enum fovea_cpu_status {
  FOVEA_CPU_OK = 0,
  /** cu_seqlens does not start at 0, decreases, or does not end at tokens. */
  FOVEA_CPU_ERROR_SEQUENCES = 1,
  /** args, or an array that has elements, is null. */
  FOVEA_CPU_ERROR_NULL = 2,
  /** An array is not aligned to its element type. */
  FOVEA_CPU_ERROR_ALIGNMENT = 3,
  /** tokens or sequences is negative or more than 2^31 - 1, or not the number that the
      spec's arrays of static sizes are for. */
  FOVEA_CPU_ERROR_SIZE = 4
};

/** One line of text for a status. */
static inline const char *fovea_cpu_status_text(int status) {
  switch (status) {
  case FOVEA_CPU_OK:
    return "ok";
  case FOVEA_CPU_ERROR_SEQUENCES:
    return "expected cu_seqlens to start at 0, not to decrease, and to end at "
           "tokens";
  case FOVEA_CPU_ERROR_NULL:
    return "expected no null pointer";
  case FOVEA_CPU_ERROR_ALIGNMENT:
    return "expected arrays aligned to their element type";
  case FOVEA_CPU_ERROR_SIZE:
    return "expected tokens and sequences from 0 to 2^31 - 1, and those that arrays "
           "of static sizes are for";
  default:
    return "unknown status";
  }
}

static inline int32_t fovea_check_array(const void *data, int64_t rows,
                                        uintptr_t alignment) {
  if (!data && rows > 0)
    return FOVEA_CPU_ERROR_NULL;
  return (uintptr_t)data % alignment ? FOVEA_CPU_ERROR_ALIGNMENT : FOVEA_CPU_OK;
}
#endif
)";

static constexpr StringRef memrefPart = R"(
#ifndef FOVEA_MEMREF_{0}
#define FOVEA_MEMREF_{0}
/** A row-major array of rank {0}, as compiled code takes it. */
struct fovea_memref_{0} {{
  void *allocated;
  void *aligned;
  int64_t offset;
  int64_t sizes[{0}];
  int64_t strides[{0}];
};
#endif
)";

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

static std::string getStrides(const EntryArgument &argument) {
  std::string text = "1";
  int64_t stride = 1;
  for (int64_t size : llvm::reverse(llvm::drop_begin(argument.shape))) {
    stride *= size;
    text = llvm::itostr(stride) + ", " + text;
  }
  return text;
}

static bool isIdentifier(StringRef name) {
  return !name.empty() && !llvm::isDigit(name.front()) &&
         llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_'; });
}

static mlir::LogicalResult checkNames(mlir::ModuleOp module,
                                      const EntrySignature &entry) {
  std::set<StringRef> fields{"tokens", "sequences"};
  if (!isIdentifier(entry.name))
    return module.emitError() << "expected the name of an entry to be a C "
                                 "identifier, got '"
                              << entry.name << "'";
  for (const EntryArgument &argument : entry.arguments)
    if (!isIdentifier(argument.name) || !fields.insert(argument.name).second)
      return module.emitError() << "expected argument names of @" << entry.name
                                << " to be distinct C identifiers other than "
                                   "tokens and sequences, "
                                   "got '"
                                << argument.name << "'";
  return success();
}

static void emitArguments(const EntrySignature &entry, llvm::raw_ostream &stream) {
  stream << "\n/** The arrays of " << entry.name
         << ": row-major, contiguous, packed by token. */\n"
         << "struct " << entry.name << "_args {\n"
         << "  /** Tokens of all sequences. */\n  int64_t tokens;\n"
         << "  /** Number of sequences. */\n  int64_t sequences;\n";
  for (const EntryArgument &argument : entry.arguments) {
    stream << "  /** " << (argument.isOutput ? "Output" : "Input") << ", ["
           << getSizes(argument, "") << "] of " << getName(argument.type)
           << (getCType(argument.type) == "uint16_t" ? ", as bits" : "")
           << getRowsNote(argument) << ". */\n  " << (argument.isOutput ? "" : "const ")
           << getCType(argument.type) << " *" << argument.name << ";\n";
  }
  stream << "};\n\n";
}

static void emitFunction(const EntrySignature &entry, llvm::raw_ostream &stream) {
  stream << "int32_t _mlir_ciface_" << entry.name << "(";
  llvm::interleave(
      entry.arguments, stream,
      [&](const EntryArgument &argument) {
        stream << "struct fovea_memref_" << argument.shape.size() << " *"
               << argument.name;
      },
      ",\n    ");
  stream << ");\n\n/** Checks its arguments, then computes; returns an enum "
            "fovea_cpu_status. Reentrant. */\n"
         << "static inline int32_t " << entry.name << "(const struct " << entry.name
         << "_args *args) {\n  int32_t status;\n"
         << "  if (!args)\n    return FOVEA_CPU_ERROR_NULL;\n"
         << "  if (args->tokens < 0 || args->tokens > INT32_MAX ||\n"
         << "      args->sequences < 0 || args->sequences >= INT32_MAX)\n"
         << "    return FOVEA_CPU_ERROR_SIZE;\n";
  for (const EntryArgument &argument : entry.arguments)
    if (std::string check = getRowCheck(argument, "args->"); !check.empty())
      stream << "  if (!(" << check << "))\n    return FOVEA_CPU_ERROR_SIZE;\n";
  for (const EntryArgument &argument : entry.arguments)
    stream << "  status = fovea_check_array(args->" << argument.name << ", "
           << getRows(argument, "args->") << ", " << getByteWidth(argument.type)
           << ");\n  if (status)\n    return status;\n";
  stream << "  {\n";
  for (const EntryArgument &argument : entry.arguments)
    stream << "    struct fovea_memref_" << argument.shape.size() << " "
           << argument.name << " = {\n        (void *)args->" << argument.name
           << ", (void *)args->" << argument.name << ", 0,\n        {"
           << getSizes(argument, "args->") << "}, {" << getStrides(argument) << "}};\n";
  stream << "    return _mlir_ciface_" << entry.name << "(";
  llvm::interleave(
      entry.arguments, stream,
      [&](const EntryArgument &argument) { stream << "&" << argument.name; }, ", ");
  stream << ");\n  }\n}\n";
}

mlir::LogicalResult fovea::emitCHeader(mlir::ModuleOp module, StringRef source,
                                       llvm::raw_ostream &stream) {
  std::vector<EntrySignature> entries;
  if (failed(getEntrySignatures(module, entries)))
    return failure();
  std::set<size_t> ranks;
  for (const EntrySignature &entry : entries) {
    if (failed(checkNames(module, entry)))
      return failure();
    for (const EntryArgument &argument : entry.arguments)
      ranks.insert(argument.shape.size());
  }

  std::string guard = getHeaderGuard(source);
  stream << "/* Compiled by Fovea from " << llvm::sys::path::filename(source)
         << "; do not edit. C99 and C++. Link the object\n"
         << " * of the same spec, libm, and LLVM's OpenMP runtime (libomp). */\n"
         << "#ifndef " << guard << "\n#define " << guard << "\n\n#include <stdint.h>\n"
         << "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n"
         << commonPart;
  for (size_t rank : ranks)
    stream << llvm::formatv(memrefPart.data(), rank);
  for (const EntrySignature &entry : entries) {
    emitArguments(entry, stream);
    emitFunction(entry, stream);
  }
  stream << "\n#ifdef __cplusplus\n}\n#endif\n\n#endif /* " << guard << " */\n";
  return success();
}
