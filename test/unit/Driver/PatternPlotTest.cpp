//===- PatternPlotTest.cpp - Cells of small patterns ----------------------===//

#include "fovea/Driver/Compile/PatternPlot.h"

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "gtest/gtest.h"

using namespace fovea;

namespace {

class PatternPlot : public testing::Test {
protected:
  PatternPlot() { context.loadDialect<attn::AttnDialect>(); }

  /// The path data of the fullest shade.
  std::string draw(attn::KeySetInterface keys, int64_t length,
                   std::optional<reference::IndexArray> indices = std::nullopt) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    plotPatterns({{"panel", keys, std::move(indices)}}, length, "caption", stream);
    size_t begin = text.find("fill-opacity=\"1.000\" d=\"");
    if (begin == std::string::npos)
      return "";
    begin += 24;
    return text.substr(begin, text.find('"', begin) - begin);
  }

  mlir::MLIRContext context;
};

} // namespace

TEST_F(PatternPlot, a_window_is_a_band) {
  EXPECT_EQ(draw(attn::WindowAttr::get(&context, 2), 3),
            "M0 0h1v1h-1zM0 1h2v1h-2zM1 2h2v1h-2z");
}

TEST_F(PatternPlot, a_compressed_key_is_its_tokens) {
  // Windows of 2 tokens, one each token: query 2 sees both, tokens 0 to 2.
  EXPECT_EQ(draw(attn::CompressedAttr::get(&context, 2, 1), 3),
            "M0 1h2v1h-2zM0 2h3v1h-3z");
}

TEST_F(PatternPlot, selected_blocks_come_from_the_lists) {
  reference::IndexArray lists({4, 1, 1}, {0, 0, 0, 1});
  EXPECT_EQ(draw(attn::SelectedAttr::get(&context, 2), 4, lists),
            "M0 0h1v1h-1zM0 1h2v1h-2zM0 2h2v1h-2zM2 3h2v1h-2z");
}

TEST_F(PatternPlot, an_empty_sequence_has_no_cells) {
  EXPECT_EQ(draw(attn::FullAttr::get(&context), 0), "");
}

TEST_F(PatternPlot, a_long_sequence_is_256_cells) {
  EXPECT_EQ(draw(attn::FullAttr::get(&context), 4096).substr(0, 10), "M0 0h256v1");
}
