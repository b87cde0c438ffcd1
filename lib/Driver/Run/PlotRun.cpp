//===- PlotRun.cpp - the pattern plot of a run ----------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "PlotRun.h"

#include "Branches.h"
#include "fovea/Driver/Compile/PatternPlot.h"
#include "fovea/Support/OutputFile.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace fovea;
using llvm::Error;

/// The array of an argument or a returned value; null for any other value.
static const NpyArray *findArray(mlir::Value value, mlir::func::FuncOp function,
                                 const Workload &workload) {
  if (auto argument = mlir::dyn_cast<mlir::BlockArgument>(value))
    return &workload.inputs[argument.getArgNumber()].array;
  mlir::Operation *ret = function.getBody().front().getTerminator();
  for (auto [i, returned] : llvm::enumerate(ret->getOperands()))
    if (returned == value)
      return &workload.outputs[i].array;
  return nullptr;
}

/// The lists of tokens [begin, begin + length).
static reference::IndexArray sliceLists(const NpyArray &array, int64_t begin,
                                        int64_t length) {
  int64_t rowSize = array.shape[1] * array.shape[2];
  std::vector<double> values = decodeAll(array.type, array.bytes);
  auto first = values.begin() + begin * rowSize;
  return {{length, array.shape[1], array.shape[2]},
          std::vector<int32_t>(first, first + length * rowSize)};
}

Error fovea::plotRun(mlir::func::FuncOp function, const Workload &workload,
                     llvm::StringRef path) {
  const reference::Sequences &sequences = workload.sequences;
  for (int64_t b = 0; b < sequences.size(); ++b)
    if (sequences.firstPosition(b) != 0)
      return llvm::createStringError("expected queries that are all tokens, to plot "
                                     "what they see, got some of them");
  int64_t longest = 0, begin = 0, length = 0;
  for (int64_t b = 0; b < sequences.size(); ++b)
    if (sequences.length(b) > length) {
      longest = b;
      begin = sequences.queryBegin(b);
      length = sequences.length(b);
    }

  std::vector<PatternPanel> panels;
  for (Branch &branch : getBranches(function)) {
    PatternPanel panel{branch.name, branch.attended.keys, std::nullopt};
    if (mlir::Value indices = branch.attended.indices) {
      const NpyArray *lists = findArray(indices, function, workload);
      if (!lists)
        return llvm::createStringError("expected the block lists of " + branch.name +
                                       " to be an argument or a result, to plot "
                                       "them");
      panel.indices = sliceLists(*lists, begin, length);
    }
    panels.push_back(std::move(panel));
  }

  std::string caption =
      llvm::formatv("{0}: the keys that each query attends to (sequence {1}, "
                    "{2} tokens, kv head 0)",
                    function.getName(), longest, length);
  return writeFile(path, [&](llvm::raw_ostream &stream) {
    plotPatterns(panels, length, caption, stream);
  });
}
