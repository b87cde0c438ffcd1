//===- CEntry.h - an entry as C code sees it --------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// An object and its header are made apart, and meet again in a linker, perhaps beside
// those of another spec whose entry has the same name. So the symbol that the header
// calls ends in a tag of what was compiled:
//
//   header     static inline nsa_forward(args) -> fovea_cpu_nsa_forward_<tag>(args)
//   object     fovea_cpu_nsa_forward_<tag>    weak: two with one tag are the same code
//              fovea_cpu_nsa_forward          weak: the name that dlsym is given
//
// Two kernels of one name are then two symbols, and a header without its object is an
// undefined one. The prefix keeps @memcpy or @main off the names of libraries.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TARGET_ENTRY_CENTRY_H
#define FOVEA_TARGET_ENTRY_CENTRY_H

#include "fovea/Target/Entry/EntrySignature.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace fovea {

/// What an entry of the CPU returns. Outputs are whole only with Ok.
enum class CpuStatus : int32_t { Ok, Sequences, Null, Alignment, Size, Memory };

struct CpuStatusInfo {
  CpuStatus status;
  llvm::StringLiteral name; ///< in C: FOVEA_CPU_OK
  llvm::StringLiteral doc;  ///< when it is returned
  llvm::StringLiteral text; ///< one line for a user
};

/// Every status, in the order of its number.
llvm::ArrayRef<CpuStatusInfo> getCpuStatuses();

/// The line of `status`, or that it is unknown.
llvm::StringRef getCpuStatusText(int32_t status);

/// 16 hexadecimal digits that say what is compiled, and for what: the same for the
/// header and the object of one spec and the same options, others for another kernel.
/// `module` is at the tile level.
std::string getContentTag(mlir::ModuleOp module, llvm::StringRef target);

/// fovea_cpu_nsa_forward; the symbol that headers call has "_" and the tag behind it.
std::string getCpuSymbol(llvm::StringRef entry);

/// Fails, after a diagnostic at the function, if C or C++ cannot declare `entry`, of
/// `module`, by its own and its arguments' names: no identifier, a keyword, a type or
/// macro of <stdint.h>, or a function that the compiler knows.
llvm::LogicalResult checkCNames(mlir::ModuleOp module, const EntrySignature &entry);

} // namespace fovea

#endif // FOVEA_TARGET_ENTRY_CENTRY_H
