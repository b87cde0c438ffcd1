//===- CpuTargetInfo.cpp - what a CPU can hold ----------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Target/CPU/CpuTarget.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"

using namespace mlir;
using namespace fovea;

static const llvm::Target *getHostTarget(std::string &error) {
  static const bool once = [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    return true;
  }();
  (void)once;
  return llvm::TargetRegistry::lookupTarget(
      llvm::Triple(llvm::sys::getDefaultTargetTriple()), error);
}

/// This machine's features as a list that LLVM reads.
static std::string getHostFeatures() {
  std::string list;
  for (auto &feature : llvm::sys::getHostCPUFeatures())
    list += (list.empty() ? "" : ",") + std::string(feature.second ? "+" : "-") +
            feature.first().str();
  return list;
}

FailureOr<CpuTargetInfo>
fovea::getCpuTargetInfo(StringRef cpu, StringRef features,
                        function_ref<LogicalResult(const Twine &)> onError) {
  CpuTargetInfo info;
  info.cpu = cpu.str();
  info.features = features.str();
  if (cpu == "native") {
    info.cpu = llvm::sys::getHostCPUName().str();
    info.features = getHostFeatures() + (features.empty() ? "" : ",") + features.str();
  }
  std::string error;
  const llvm::Target *target = getHostTarget(error);
  if (!target)
    return onError(error);
  llvm::Triple triple(llvm::sys::getDefaultTargetTriple());
  std::unique_ptr<llvm::MCSubtargetInfo> known(
      target->createMCSubtargetInfo(triple, "", ""));
  if (!known->isCPUStringValid(info.cpu))
    return onError("expected a CPU that LLVM knows for " + triple.str() + ", got '" +
                   info.cpu + "'");
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget(
      target->createMCSubtargetInfo(triple, info.cpu, info.features));
  if (triple.isX86()) {
    if (!subtarget->checkFeatures("+64bit"))
      return onError("expected a CPU of 64 bits, got '" + info.cpu + "'");
    bool wide = subtarget->checkFeatures("+avx512f");
    bool middle = subtarget->checkFeatures("+avx");
    info.vectorBits = wide ? 512 : middle ? 256 : 128;
    info.vectorRegisters = wide ? 32 : 16;
    info.convertsF16 = subtarget->checkFeatures("+f16c");
  } else { // AArch64 and others: 128 bits in 32 registers
    info.vectorBits = 128;
    info.vectorRegisters = 32;
    info.convertsF16 = triple.isAArch64();
  }
  return info;
}

/// Instructions that only a program that names them has: a compiler chooses none of
/// them, and hypervisors hide some. Those of other machines than x86 have other names.
static bool isNamedOnly(llvm::StringRef feature) {
  static const llvm::StringSet<> others = {
      "cldemote", "clflushopt", "clwb",     "clzero", "enqcmd",   "fsgsbase",
      "fxsr",     "hreset",     "invpcid",  "kl",     "lwp",      "movdir64b",
      "movdiri",  "mwaitx",     "pconfig",  "pku",    "ptwrite",  "prefetchi",
      "rdpid",    "rdpru",      "rdrnd",    "rdseed", "rtm",      "serialize",
      "sgx",      "shstk",      "tsxldtrk", "uintr",  "usermsr",  "waitpkg",
      "wbnoinvd", "widekl",     "xsave",    "xsavec", "xsaveopt", "xsaves"};
  return others.contains(feature) || feature.starts_with("amx-");
}

std::vector<std::string> fovea::getNeededFeatures(const CpuTargetInfo &info) {
  std::string error;
  const llvm::Target *target = getHostTarget(error);
  std::vector<std::string> needed;
  if (!target)
    return needed;
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget(target->createMCSubtargetInfo(
      llvm::Triple(llvm::sys::getDefaultTargetTriple()), info.cpu, info.features));
  // Only what the host is asked about: the rest says what is fast, not what there is.
  llvm::StringMap<bool> host = llvm::sys::getHostCPUFeatures();
  for (const llvm::SubtargetFeatureKV &feature : subtarget->getAllProcessorFeatures())
    if (host.contains(feature.Key) && !isNamedOnly(feature.Key) &&
        subtarget->getFeatureBits().test(feature.Value))
      needed.push_back(feature.Key);
  return needed;
}

std::vector<std::string> fovea::getMissingFeatures(const CpuTargetInfo &info) {
  llvm::StringMap<bool> host = llvm::sys::getHostCPUFeatures();
  std::vector<std::string> missing = getNeededFeatures(info);
  llvm::erase_if(missing, [&](const std::string &feature) { return host[feature]; });
  return missing;
}

std::string fovea::toString(const CpuTargetInfo &info) {
  return llvm::sys::getDefaultTargetTriple() + " " + info.cpu + " " + info.features;
}

std::unique_ptr<llvm::TargetMachine>
fovea::createCpuTargetMachine(const CpuTargetInfo &info) {
  std::string error;
  const llvm::Target *target = getHostTarget(error);
  if (!target)
    return nullptr;
  llvm::TargetOptions options;
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      llvm::Triple(llvm::sys::getDefaultTargetTriple()), info.cpu, info.features,
      options, llvm::Reloc::PIC_, std::nullopt, llvm::CodeGenOptLevel::Aggressive));
}
