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

// The words of CUDA 12.5 to 13.0, and of 13.1 to 13.5, under one number.
static constexpr const char *kInjectedFence =
    "warpgroup.arrive is injected in around line 32 by compiler to allow use of "
    "registers in GMMA in function 'k'";
static constexpr const char *kDivergentFence =
    "Potential Performance Loss: wgmma.mma_async instructions are serialized due to "
    "program dependence on compiler-inserted WG.AR in divergent path in the function "
    "'k' "
    "in line 61";

TEST(LintKernels, advisories_fail_but_for_the_injected_fence) {
  PtxasReport report = getCleanReport();
  report.advisories = {{7519, "k", kInjectedFence}, {0, "k", "a warning"}};
  EXPECT_EQ(lint(report), Texts{});
  report.advisories = {{7513, "k", "wgmma is serialized"},
                       {7508, "", "'setmaxnreg' ignored"}};
  EXPECT_EQ(lint(report),
            (Texts{"kernel 'k': expected no C7513, got: wgmma is serialized",
                   "expected no C7508, got: 'setmaxnreg' ignored"}));
}

TEST(LintKernels, a_number_with_two_meanings_is_judged_by_its_words) {
  PtxasReport report = getCleanReport();
  report.advisories = {{7519, "k", kDivergentFence}};
  EXPECT_EQ(lint(report), Texts{std::string("kernel 'k': expected no C7519, got: ") +
                                kDivergentFence});
  report.advisories = {{0, "k", "wgmma is serialized"}};
  EXPECT_EQ(lint(report), Texts{"kernel 'k': expected no warning, got: wgmma is "
                                "serialized"});
}

TEST(LintKernels, what_the_words_leave_open_the_number_says) {
  auto isFailure = [](unsigned code, const char *text = "words of another release") {
    return isFailureAdvisory({code, "k", text});
  };
  EXPECT_FALSE(isFailure(0));
  EXPECT_FALSE(isFailure(7499));
  EXPECT_TRUE(isFailure(7500));
  EXPECT_TRUE(isFailure(7519));
  EXPECT_TRUE(isFailure(7599));
  EXPECT_FALSE(isFailure(7600));
  EXPECT_FALSE(isFailure(7519, kInjectedFence));
  EXPECT_FALSE(isFailure(7530, kInjectedFence));
  EXPECT_TRUE(isFailure(7517, "warpgroup.wait is injected in around line 51"));
  EXPECT_TRUE(isFailure(7517, "wgmma.wait_group is injected in around line 51"));
  EXPECT_TRUE(isFailure(9999, "Potential Performance Loss: 'setmaxnreg' ignored to "
                              "allow debugging."));
}
