//===- PtxasReportTest.cpp - What ptxas 13.0 prints, read back ------------===//

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
  EXPECT_TRUE(report.advisories.empty());
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
            "output of CUDA 13.0");
  EXPECT_EQ(parseError("ptxas info    : Compiling entry function 'k' for 'sm_90a'\n"
                       "ptxas info    : Function properties for k\n"
                       "    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill "
                       "loads\n"),
            "expected ptxas -v to print the registers of 'k', got none: Fovea reads "
            "the "
            "output of CUDA 13.0");
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
