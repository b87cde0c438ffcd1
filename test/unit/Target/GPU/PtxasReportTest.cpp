//===- PtxasReportTest.cpp - What ptxas prints, read back -----------------===//

#include "fovea/Target/GPU/PtxasReport.h"

#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace fovea;

namespace {
PtxasReport parse(llvm::StringRef output) {
  return llvm::cantFail(parsePtxasReport(output));
}

std::string parseError(llvm::StringRef output) {
  llvm::Expected<PtxasReport> report = parsePtxasReport(output);
  return report ? "no error" : llvm::toString(report.takeError());
}
} // namespace

TEST(PtxasReport, a_kernel_with_spills_barriers_and_a_stack) {
  PtxasReport report =
      parse("ptxas info    : 0 bytes gmem\n"
            "ptxas info    : Compiling entry function 'spills' for 'sm_90a'\n"
            "ptxas info    : Function properties for spills\n"
            "    256 bytes stack frame, 264 bytes spill stores, 272 bytes "
            "spill loads\n"
            "ptxas info    : Used 64 registers, used 1 barriers, 256 bytes "
            "cumulative "
            "stack size, 131072 bytes smem, 372 bytes cmem[0]\n"
            "ptxas info    : Compile time = 12.996 ms\n");
  ASSERT_EQ(report.functions.size(), 1u);
  const FunctionReport &kernel = report.functions[0];
  EXPECT_EQ(kernel.name, "spills");
  EXPECT_TRUE(kernel.isKernel);
  EXPECT_EQ(kernel.stackBytes, 256);
  EXPECT_EQ(kernel.spillStoreBytes, 264);
  EXPECT_EQ(kernel.spillLoadBytes, 272);
  EXPECT_EQ(kernel.registers, 64);
  EXPECT_EQ(kernel.barriers, 1);
  EXPECT_EQ(kernel.staticSharedBytes, 131072);
  EXPECT_EQ(kernel.target, "sm_90a");
  EXPECT_TRUE(report.advisories.empty());
}

// Up to CUDA 12.3; 12.4 and 12.5 add the stack, 12.6 the barriers.
TEST(PtxasReport, the_first_releases_say_no_barriers) {
  PtxasReport report =
      parse("ptxas info    : 0 bytes gmem\n"
            "ptxas info    : Compiling entry function 'shared' for 'sm_90a'\n"
            "ptxas info    : Function properties for shared\n"
            "    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
            "ptxas info    : Used 10 registers, 4096 bytes smem\n");
  ASSERT_EQ(report.functions.size(), 1u);
  EXPECT_EQ(report.functions[0].registers, 10);
  EXPECT_EQ(report.functions[0].barriers, std::nullopt);
  EXPECT_EQ(report.functions[0].staticSharedBytes, 4096);
}

TEST(PtxasReport, a_line_starts_with_any_name_of_ptxas) {
  PtxasReport report = parse(
      "my pt: as info    : (C7517) wgmma.wait_group is injected in around line 51 by "
      "compiler to allow use of registers defined by GMMA in function 'branch'\n"
      "my pt: as info    : Compiling entry function 'branch' for 'sm_90a'\n"
      "my pt: as info    : Function properties for branch\n"
      "    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
      "my pt: as info    : Used 30 registers, used 0 barriers\n"
      "my pt: as warning : something odd\n");
  ASSERT_EQ(report.functions.size(), 1u);
  EXPECT_EQ(report.functions[0].registers, 30);
  ASSERT_EQ(report.advisories.size(), 2u);
  EXPECT_EQ(report.advisories[0].code, 7517u);
  EXPECT_EQ(report.advisories[1].code, 0u);
  EXPECT_EQ(report.advisories[1].text, "something odd");
}

TEST(PtxasReport, advisories_with_a_line_behind_the_function) {
  PtxasReport report = parse(
      "ptxas info    : (C7519) Potential Performance Loss: wgmma.mma_async "
      "instructions are serialized due to program dependence on "
      "compiler-inserted WG.AR in divergent path in the function 'branch' in line "
      "61\n");
  ASSERT_EQ(report.advisories.size(), 1u);
  EXPECT_EQ(report.advisories[0].code, 7519u);
  EXPECT_EQ(report.advisories[0].function, "branch");
}

TEST(PtxasReport, errors_are_lines_of_their_own_severity) {
  EXPECT_EQ(
      getPtxasErrors(
          "ptxas info    : 0 bytes gmem\n"
          "ptxas warning : an error: not this one\n"
          "pt as bad.ptx, line 27; error   : Not a name of any known instruction: "
          "'nosuch'\n"
          "ptxas fatal   : Ptx assembly aborted due to errors\n"),
      "\n  pt as bad.ptx, line 27; error   : Not a name of any known instruction: "
      "'nosuch'"
      "\n  ptxas fatal   : Ptx assembly aborted due to errors");
  EXPECT_EQ(getPtxasErrors("ptxas info    : 0 bytes gmem\n"), "");
}

TEST(PtxasReport, only_a_lack_of_resources_is_the_schedules) {
  EXPECT_TRUE(isResourceRefusal("ptxas error   : Entry function 'static' uses too much "
                                "shared data (0x40000 bytes, 0xc000 max)"));
  EXPECT_TRUE(isResourceRefusal(
      "ptxas error   : Insufficient registers (24) to compile instruction at line 7 in "
      "function k. Try to compile with register target of 32 or higher."));
  EXPECT_FALSE(
      isResourceRefusal("ptxas new.ptx, line 5; fatal   : Unsupported .version "
                        "9.9; current version is '8.0'"));
  EXPECT_FALSE(isResourceRefusal("ptxas fatal   : Value 'sm_99a' is not defined for "
                                 "option 'gpu-name'"));
}

TEST(PtxasReport, kernels_and_the_functions_that_they_call) {
  PtxasReport report =
      parse("ptxas info    : 0 bytes gmem\n"
            "ptxas info    : Compiling entry function 'first' for 'sm_80'\n"
            "ptxas info    : Function properties for first\n"
            "    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
            "ptxas info    : Used 14 registers, used 0 barriers\n"
            "ptxas info    : Compile time = 1.781 ms\n"
            "ptxas info    : Compiling entry function 'second' for 'sm_80'\n"
            "ptxas info    : Function properties for second\n"
            "    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
            "ptxas info    : Used 30 registers, used 0 barriers\n"
            "ptxas info    : Compile time = 3.674 ms\n"
            "ptxas info    : Function properties for callee\n"
            "    8 bytes stack frame, 4 bytes spill stores, 4 bytes spill loads\n");
  ASSERT_EQ(report.functions.size(), 3u);
  EXPECT_EQ(report.functions[0].registers, 14);
  EXPECT_EQ(report.functions[1].registers, 30);
  EXPECT_EQ(report.functions[2].name, "callee");
  EXPECT_FALSE(report.functions[2].isKernel);
  EXPECT_EQ(report.functions[2].spillLoadBytes, 4);
}

TEST(PtxasReport, advisories_with_and_without_a_function) {
  PtxasReport report =
      parse("ptxas info    : (C7517) warpgroup.wait is injected in around line 54 by "
            "compiler to allow use of registers defined by GMMA in function 'k'\n"
            "ptxas info    : (C7514) Potential Performance Loss: wgmma.mma_async "
            "instructions are serialized due to non wgmma instructions reading "
            "accumulator "
            "registers of  a wgmma between start and end of the pipeline stage in "
            "the "
            "function 'k'\n"
            "ptxas info    : (C7508) Potential Performance Loss: 'setmaxnreg' "
            "ignored; "
            "unable to determine register count at entry.\n");
  ASSERT_EQ(report.advisories.size(), 3u);
  EXPECT_EQ(report.advisories[0].code, 7517u);
  EXPECT_EQ(report.advisories[0].function, "k");
  EXPECT_EQ(report.advisories[1].code, 7514u);
  EXPECT_EQ(report.advisories[1].function, "k");
  EXPECT_EQ(report.advisories[2].code, 7508u);
  EXPECT_EQ(report.advisories[2].function, "");
  EXPECT_EQ(report.advisories[2].text,
            "Potential Performance Loss: 'setmaxnreg' ignored; unable to determine "
            "register count at entry.");
}

TEST(PtxasReport, numbers_that_are_missing_are_an_error) {
  EXPECT_EQ(parseError("ptxas info    : Compiling entry function 'k' for 'sm_90a'\n"
                       "ptxas info    : Used 8 registers\n"),
            "expected ptxas -v to print the spills of 'k', got none: Fovea reads the "
            "output of CUDA 12.0 to 13.5");
  EXPECT_EQ(parseError("ptxas info    : Compiling entry function 'k' for 'sm_90a'\n"
                       "ptxas info    : Function properties for k\n"
                       "    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill "
                       "loads\n"),
            "expected ptxas -v to print the registers of 'k', got none: Fovea reads "
            "the "
            "output of CUDA 12.0 to 13.5");
}

TEST(PtxasReport, unrelated_lines_are_skipped) {
  PtxasReport report = parse("\n"
                             "    0 bytes stack frame, 0 bytes spill stores, 0 bytes "
                             "spill loads\n"
                             "ptxas info    : Used 8 registers\n"
                             "ptxas info    : 0 bytes gmem, 16 bytes cmem[3]\n"
                             "something else: entirely\n");
  EXPECT_TRUE(report.functions.empty());
  EXPECT_TRUE(report.advisories.empty());
}

TEST(PtxasReport, prints_a_line_per_function_and_advisory) {
  PtxasReport report;
  report.functions.push_back({"k", true, 8, 4, 12, 30, 1, 1024});
  report.functions.push_back({"f", false});
  report.advisories.push_back({7519, "k", "warpgroup.arrive is injected"});
  std::string text;
  llvm::raw_string_ostream stream(text);
  printPtxasReport(report, stream);
  EXPECT_EQ(text, "kernel k: 30 registers, 1 barriers, 1024 B shared, 8 B stack, 4 B "
                  "spill stores, 12 B spill loads\n"
                  "function f: 0 B stack, 0 B spill stores, 0 B spill loads\n"
                  "advisory C7519: warpgroup.arrive is injected\n");
}
