//===- Version.cpp - what --version prints --------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Driver/Compile/Version.h"

#include "llvm/Config/llvm-config.h"
#include "llvm/Support/raw_ostream.h"

using namespace fovea;

void fovea::printVersions(const PtxasOptions &options, llvm::raw_ostream &stream) {
  stream << "Fovea " FOVEA_VERSION "\nLLVM " LLVM_VERSION_STRING "\n";
  llvm::Expected<Ptxas> ptxas = findPtxas(options);
  if (ptxas)
    stream << ptxas->describe() << "\n";
  else
    stream << "ptxas: " << llvm::toString(ptxas.takeError()) << "\n";
}
