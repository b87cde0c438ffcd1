//===- LintKernelsTest.cpp - Each finding, at its limit and past it -------===//

#include "fovea/Target/GPU/LintKernels.h"

#include "gtest/gtest.h"

using namespace fovea;

namespace {
const GpuTargetInfo &getHopper() { return *llvm::cantFail(lookupGpuTarget("sm_90a")); }

PtxasReport getCleanReport() {
  PtxasReport report;
  report.functions.push_back({"k", true, 0, 0, 0, 168, 16, 1024});
  return report;
}

/// The findings' descriptions.
std::vector<std::string> lint(const PtxasReport &report,
                              const LintLimits &limits = {}) {
  std::vector<std::string> texts;
  for (const Finding &finding : lintKernels(report, getHopper(), limits))
    texts.push_back(finding.describe());
  return texts;
}
using Texts = std::vector<std::string>;
} // namespace

TEST(LintKernels, a_clean_kernel_has_no_findings) {
  EXPECT_EQ(lint(getCleanReport()), Texts{});
}

TEST(LintKernels, spills_count_in_kernels_and_in_what_they_call) {
  PtxasReport report = getCleanReport();
  report.functions[0].spillStoreBytes = 4;
  report.functions.push_back({"f", false, 8, 4, 8});
  EXPECT_EQ(lint(report), (Texts{"kernel 'k': expected no register spills, got 4 B",
                                 "kernel 'f': expected no register spills, got 12 B"}));
}

TEST(LintKernels, shared_memory_is_static_and_dynamic) {
  EXPECT_EQ(lint(getCleanReport(), {/*dynamicSharedBytes=*/231424}), Texts{});
  EXPECT_EQ(lint(getCleanReport(), {/*dynamicSharedBytes=*/231425}),
            Texts{"kernel 'k': expected at most 232448 B of shared memory per block, "
                  "got 232449 B"});
}

TEST(LintKernels, registers_are_limited_by_the_target_or_the_caller) {
  LintLimits limits;
  limits.maxRegisters = 168;
  EXPECT_EQ(lint(getCleanReport(), limits), Texts{});
  limits.maxRegisters = 128;
  EXPECT_EQ(lint(getCleanReport(), limits),
            Texts{"kernel 'k': expected at most 128 registers per thread, got 168"});
}

TEST(LintKernels, registers_of_all_threads_fit_an_sm) {
  LintLimits limits;
  limits.threads = 384;
  EXPECT_EQ(lint(getCleanReport(), limits), Texts{});
  limits.threads = 385; // a warp more
  EXPECT_EQ(lint(getCleanReport(), limits),
            Texts{"kernel 'k': expected at most 65536 registers per block, got 69888"});
}

TEST(LintKernels, advisories_fail_but_for_the_injected_fence) {
  PtxasReport report = getCleanReport();
  report.advisories = {{7519, "k", "fence injected"}, {0, "k", "a warning"}};
  EXPECT_EQ(lint(report), Texts{});
  report.advisories = {{7513, "k", "wgmma is serialized"},
                       {7508, "", "'setmaxnreg' ignored"}};
  EXPECT_EQ(lint(report),
            (Texts{"kernel 'k': expected no C7513, got: wgmma is serialized",
                   "expected no C7508, got: 'setmaxnreg' ignored"}));
}

TEST(LintKernels, the_range_of_failing_advisories) {
  EXPECT_FALSE(isFailureAdvisory(0));
  EXPECT_FALSE(isFailureAdvisory(7499));
  EXPECT_TRUE(isFailureAdvisory(7500));
  EXPECT_TRUE(isFailureAdvisory(7517));
  EXPECT_FALSE(isFailureAdvisory(7519));
  EXPECT_TRUE(isFailureAdvisory(7599));
  EXPECT_FALSE(isFailureAdvisory(7600));
}
