//===- IntrinsicSupport.cpp - what a target's LLVM can select -------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "IntrinsicSupport.h"

using namespace fovea;

namespace {
/// Intrinsics whose name starts so exist from a version on.
struct Requirement {
  llvm::StringLiteral prefix;
  unsigned smVersion;
  bool archSpecific;
};
} // namespace

/// Found by asking LLVM 22 to select every NVVM intrinsic for sm_80 and sm_90a;
/// those for textures, for other matrix formats and for rare rounding modes are
/// left out, for no kernel of Fovea's names them.
static constexpr Requirement requirements[] = {
    {"ff.to.e4m3x2", 89, false},
    {"ff.to.e5m2x2", 89, false},
    {"f16x2.to.e", 89, false},
    {"e4m3x2.to.", 89, false},
    {"e5m2x2.to.", 89, false},
    {"barrier.cluster.", 90, false},
    {"cp.async.bulk.tensor.g2s.cta.tile.gather4.", 100, true},
    {"cp.async.bulk.tensor.g2s.tile.gather4.", 100, true},
    {"cp.async.bulk.tensor.prefetch.tile.gather4.", 100, true},
    {"cp.async.bulk.tensor.s2g.tile.scatter4.", 100, true},
    {"cp.async.bulk.shared.cta.to.global.bytemask", 100, false},
    {"cp.async.bulk.", 90, false},
    {"elect.sync", 90, false},
    {"fence.acquire.sync_restrict", 90, false},
    {"fence.release.sync_restrict", 90, false},
    {"fence.mbarrier_init", 90, false},
    {"fence.proxy.async", 90, false},
    {"fence.proxy.tensormap", 90, false},
    {"fence.sc.cluster", 90, false},
    {"getctarank", 90, false},
    {"griddepcontrol.", 90, false},
    {"is_explicit_cluster", 90, false},
    {"isspacep.shared.cluster", 90, false},
    {"mapa", 90, false},
    {"mbarrier.arrive.drop.expect.", 90, false},
    {"mbarrier.arrive.drop.relaxed.", 90, false},
    {"mbarrier.arrive.drop.scope.", 90, false},
    {"mbarrier.arrive.expect.", 90, false},
    {"mbarrier.arrive.relaxed.", 90, false},
    {"mbarrier.arrive.scope.", 90, false},
    {"mbarrier.complete.tx.", 90, false},
    {"mbarrier.expect.tx.", 90, false},
    {"mbarrier.test.wait.parity.relaxed.", 90, false},
    {"mbarrier.test.wait.parity.scope.cluster.", 90, false},
    {"mbarrier.test.wait.relaxed.", 90, false},
    {"mbarrier.test.wait.scope.cluster.", 90, false},
    {"mbarrier.try.wait.", 90, false},
    {"prefetch", 90, false},
    {"read.ptx.sreg.aggr", 90, false},
    {"read.ptx.sreg.cluster", 90, false},
    {"read.ptx.sreg.nclusterid", 90, false},
    {"stmatrix.", 90, false},
    {"setmaxnreg.", 90, true},
    {"tensormap.replace.", 90, true},
    {"wgmma.", 90, true},
    {"clusterlaunchcontrol.", 100, true},
    {"redux.sync.f", 100, true},
    {"st.bulk", 100, true},
    {"tcgen05.", 100, true},
};

std::string fovea::getMissingTarget(llvm::StringRef name, const GpuTargetInfo &target) {
  if (!name.consume_front("llvm.nvvm."))
    return "";
  for (const Requirement &need : requirements)
    if (name.starts_with(need.prefix) &&
        !target.supports(need.smVersion, need.archSpecific))
      return "sm_" + std::to_string(need.smVersion) +
             (need.archSpecific ? "a" : " or later");
  return "";
}
