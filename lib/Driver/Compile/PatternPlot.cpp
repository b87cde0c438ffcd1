//===- PatternPlot.cpp - which keys each query attends to -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Driver/Compile/PatternPlot.h"

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cmath>

using namespace fovea;
using llvm::formatv;
using llvm::raw_ostream;

static constexpr int64_t maxCells = 256;
/// Queries that stand for a row of cells.
static constexpr int64_t maxQueriesPerCell = 8;
static constexpr int numShades = 8;
static constexpr int panelSize = 320, margin = 28, headerHeight = 64;
static constexpr const char *colors[] = {"#1f5fa8", "#b5451b", "#2c7a3f", "#7a3c94",
                                         "#8a6d00"};

/// Tokens from the first one of a key to the last, both included.
static int64_t getKeySpan(attn::KeySetInterface keys) {
  if (auto windows = mlir::dyn_cast<attn::CompressedAttr>(keys))
    return windows.getBlock();
  return keys.getKeyStride();
}

namespace {

/// The share of each cell's (query, token) pairs that attend.
class Coverage final {
public:
  Coverage(const PatternPanel &panel, int64_t length)
      : panel(panel), length(length), cells(std::min(length, maxCells)),
        shares(cells * cells) {
    for (int64_t row = 0; row < cells; ++row)
      addRow(row);
  }

  int64_t size() const { return cells; }
  double get(int64_t row, int64_t column) const { return shares[row * cells + column]; }

private:
  /// The first token of a cell.
  int64_t begin(int64_t cell) const { return cell * length / cells; }

  void addRow(int64_t row) {
    int64_t first = begin(row), count = begin(row + 1) - first;
    int64_t queries = std::min(count, maxQueriesPerCell);
    for (int64_t i = 0; i < queries; ++i)
      addQuery(row, first + i * count / queries, 1.0 / queries);
  }

  void addQuery(int64_t row, int64_t t, double weight) {
    llvm::ArrayRef<int32_t> list;
    if (panel.indices)
      list = panel.indices->slice(t, 0);
    int64_t stride = panel.keys.getKeyStride(), span = getKeySpan(panel.keys);
    std::vector<bool> covered(length);
    for (int64_t u = 0; u < panel.keys.getNumKeys(length); ++u)
      if (panel.keys.contains(length, t, u, list))
        std::fill(covered.begin() + u * stride,
                  covered.begin() + std::min(u * stride + span, length), true);
    for (int64_t column = 0; column < cells; ++column) {
      auto from = covered.begin() + begin(column);
      auto to = covered.begin() + begin(column + 1);
      shares[row * cells + column] +=
          weight * std::count(from, to, true) / double(to - from);
    }
  }

  const PatternPanel &panel;
  int64_t length, cells;
  std::vector<double> shares;
};

} // namespace

/// The text of `keys`, safe inside XML.
static std::string escape(llvm::StringRef text) {
  std::string result;
  for (char c : text)
    if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else if (c == '&')
      result += "&amp;";
    else
      result += c;
  return result;
}

/// One path per shade: the runs of cells that have it, in units of cells.
static void drawCells(const Coverage &coverage, const char *color,
                      raw_ostream &stream) {
  std::vector<std::string> paths(numShades + 1);
  int64_t cells = coverage.size();
  auto shadeOf = [&](int64_t row, int64_t column) {
    return int(std::ceil(coverage.get(row, column) * numShades - 1e-9));
  };
  for (int64_t row = 0; row < cells; ++row)
    for (int64_t column = 0, end; column < cells; column = end) {
      int shade = shadeOf(row, column);
      for (end = column + 1; end < cells && shadeOf(row, end) == shade;)
        ++end;
      paths[shade] += formatv("M{0} {1}h{2}v1h-{2}z", column, row, end - column);
    }
  for (int shade = 1; shade <= numShades; ++shade)
    if (!paths[shade].empty())
      stream << formatv("<path fill=\"{0}\" fill-opacity=\"{1:f3}\" d=\"{2}\"/>\n",
                        color, double(shade) / numShades, paths[shade]);
}

static void drawPanel(const PatternPanel &panel, int64_t length, const char *color,
                      raw_ostream &stream) {
  std::string keys;
  llvm::raw_string_ostream(keys) << panel.keys;
  stream << formatv("<text x=\"0\" y=\"-22\" font-weight=\"bold\">{0}</text>\n"
                    "<text x=\"0\" y=\"-8\" fill=\"#555\">{1}</text>\n"
                    "<rect width=\"{2}\" height=\"{2}\" fill=\"none\" "
                    "stroke=\"#999\"/>\n",
                    escape(panel.title), escape(keys), panelSize);
  if (length > 0) {
    Coverage coverage(panel, length);
    stream << formatv("<g transform=\"scale({0:f6})\" "
                      "shape-rendering=\"crispEdges\">\n",
                      double(panelSize) / coverage.size());
    drawCells(coverage, color, stream);
    stream << "</g>\n";
  }
  stream << formatv("<text x=\"0\" y=\"{0}\" fill=\"#555\">key token 0</text>\n"
                    "<text x=\"{1}\" y=\"{0}\" fill=\"#555\" "
                    "text-anchor=\"end\">{2}</text>\n",
                    panelSize + 14, panelSize, std::max<int64_t>(0, length - 1));
}

void fovea::plotPatterns(llvm::ArrayRef<PatternPanel> panels, int64_t length,
                         llvm::StringRef caption, raw_ostream &stream) {
  int width = margin + int(panels.size()) * (panelSize + margin);
  int height = headerHeight + panelSize + margin;
  stream << formatv(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
      "viewBox=\"0 0 {0} {1}\" font-family=\"sans-serif\" font-size=\"11\">\n"
      "<rect width=\"{0}\" height=\"{1}\" fill=\"white\"/>\n"
      "<text x=\"{2}\" y=\"20\" font-size=\"13\">{3}</text>\n",
      width, height, margin, escape(caption));
  for (auto [i, panel] : llvm::enumerate(panels)) {
    stream << formatv("<g transform=\"translate({0} {1})\">\n",
                      margin + int(i) * (panelSize + margin), headerHeight);
    drawPanel(panel, length, colors[i % std::size(colors)], stream);
    stream << "</g>\n";
  }
  stream << "</svg>\n";
}
