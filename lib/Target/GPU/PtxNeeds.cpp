//===- PtxNeeds.cpp - the PTX version that code needs ---------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "PtxNeeds.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/InstrTypes.h"
#include "llvm/IR/Module.h"

#include <algorithm>

using namespace fovea;
using llvm::StringLiteral;
using llvm::StringRef;

namespace {
/// What starts with `prefix` and has `part` in it exists from a PTX version on.
struct Need {
  StringLiteral prefix, part;
  unsigned version;
};
} // namespace

/// Names of intrinsics behind `llvm.nvvm.`: those that LLVM 22 can select for sm_90a
/// with PTX 9.0 and not with 8.0, found by asking it for all but textures.
static constexpr Need intrinsics[] = {
    {"f2", ".satfinite", 81},
    {"ff2", ".satfinite", 81},
    {"read.ptx.sreg.aggr_smem_size", "", 81},
    {"fence.proxy.tensormap_generic.", "", 83},
    {"tensormap.replace.", "", 83},
    {"mma.m16n8k32.", ".e4m3.", 84},
    {"mma.m16n8k32.", ".e5m2.", 84},
    {"mma.sp.m16n8k64.", ".e4m3.", 84},
    {"mma.sp.m16n8k64.", ".e5m2.", 84},
    {"mma.sp.ordered.", "", 85},
    {"cp.async.bulk.global.to.shared.cta", "", 86},
    {"cp.async.bulk.tensor.g2s.cta.", "", 86},
    {"fence.", ".sync_restrict", 86},
    {"mbarrier.", ".relaxed.", 86},
    {"mma.m16n8k16.", ".e4m3.", 87},
    {"mma.m16n8k16.", ".e5m2.", 87},
};

/// Instructions of inline assembly, of Hopper and before, from the release notes of the
/// PTX ISA. ptxas names the version that another one needs.
static constexpr Need instructions[] = {
    {"cvt.", ".satfinite.bf16", 81},
    {"cvt.", ".satfinite.f16", 81},
    {"cvt.", ".satfinite.tf32", 81},
    {"multimem.", "", 81},
    {"red.async.", "", 81},
    {"st.async.", "", 81},
    {"wgmma.mma_async.sp.", "", 82},
    {"fence.proxy.tensormap", "", 83},
    {"tensormap.", "", 83},
    {"mma.sync.", ".e4m3.", 84},
    {"mma.sync.", ".e5m2.", 84},
    {"mma.sp::ordered_metadata.", "", 85},
    {"cp.async.bulk.", "shared::cta.global", 86},
    {"fence.", ".sync_restrict", 86},
};

static unsigned lookUp(llvm::ArrayRef<Need> needs, StringRef name) {
  unsigned version = 0;
  for (const Need &need : needs)
    if (name.starts_with(need.prefix) && name.contains(need.part))
      version = std::max(version, need.version);
  return version;
}

/// Of the instructions in the text of inline assembly, which are words.
static unsigned lookUpWords(StringRef assembly) {
  unsigned version = 0;
  llvm::SmallVector<StringRef> words;
  llvm::SplitString(assembly, words, " \t\n;{},@");
  for (StringRef word : words)
    version = std::max(version, lookUp(instructions, word));
  return version;
}

unsigned fovea::getNeededPtx(const llvm::Module &code, const GpuTargetInfo &target) {
  unsigned version = target.ptxVersion;
  for (const llvm::Function &function : code) {
    StringRef name = function.getName();
    if (!function.use_empty() && name.consume_front("llvm.nvvm."))
      version = std::max(version, lookUp(intrinsics, name));
    for (const llvm::Instruction &instruction : llvm::instructions(function)) {
      auto *call = llvm::dyn_cast<llvm::CallBase>(&instruction);
      if (call && call->isInlineAsm())
        version = std::max(
            version,
            lookUpWords(
                llvm::cast<llvm::InlineAsm>(call->getCalledOperand())->getAsmString()));
    }
  }
  return version;
}
