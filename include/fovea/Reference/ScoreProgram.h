//===- ScoreProgram.h - a score region, scalar by scalar --------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A region of attn.attend or attn.score_blocks as a list of steps over doubles, made
// once and run for each pair of a query and a key. Who runs it says what a step does:
// the reference computes it, and a bound follows how far each value may be off.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_REFERENCE_SCOREPROGRAM_H
#define FOVEA_REFERENCE_SCOREPROGRAM_H

#include "fovea/Dialect/Attn/IR/ScoreRegion.h"
#include "fovea/Reference/Attend.h"
#include "fovea/Reference/AttendGrad.h"

namespace fovea::reference {

struct ScoreStep {
  attn::ScoreOpKind kind;
  llvm::SmallVector<unsigned, 3> operands; ///< numbers of values
  double constant = 0;                     ///< of a constant
  unsigned predicate = 0;                  ///< of a comparison, as its attribute says
  bool isApproximate = false;
};

/// What one step computes from its operands, in double; integers wrap as i32 does, and
/// i1 is 0 or 1.
double computeStep(const ScoreStep &step, llvm::ArrayRef<double> operands);

class ScoreProgram {
public:
  /// `region` may be empty; `learned` holds an array [Hq] for each learned number.
  ScoreProgram(mlir::Region &region, llvm::ArrayRef<const Array *> learned);
  /// The program that computes what the score changes by, too: by the score as it was,
  /// and by each learned number.
  static ScoreProgram withDerivatives(mlir::Region &region,
                                      llvm::ArrayRef<const Array *> learned);

  bool isEmpty() const { return steps.empty() && results.front() == 0; }

  /// The score that the region makes of `score`. `compute(step, operands)` gives the
  /// values of type T, which an exact double converts to.
  template <typename T, typename ComputeFn>
  T run(T score, int64_t query, int64_t key, int64_t head, ComputeFn compute) const {
    return runAll<T>(score, query, key, head, compute).front();
  }

  /// That score, and of a program with derivatives these.
  template <typename T, typename ComputeFn>
  llvm::SmallVector<T, 4> runAll(T score, int64_t query, int64_t key, int64_t head,
                                 ComputeFn compute) const {
    llvm::SmallVector<T, 16> values{score, T(double(query)), T(double(key)),
                                    T(double(head))};
    for (const Array *array : learned)
      values.push_back(T(array->at(head)));
    llvm::SmallVector<T, 3> operands;
    for (const ScoreStep &step : steps) {
      operands.clear();
      for (unsigned operand : step.operands)
        operands.push_back(values[operand]);
      values.push_back(compute(step, llvm::ArrayRef<T>(operands)));
    }
    llvm::SmallVector<T, 4> found;
    for (unsigned result : results)
      found.push_back(values[result]);
    return found;
  }

  /// The function that the reference's loops take; null where the region is empty. The
  /// learned arrays outlive it.
  ScoreFunction getFunction() const;

  /// The same of a program with derivatives.
  ScoreGradient getGradient() const;

private:
  ScoreProgram(mlir::Region &region, llvm::ArrayRef<mlir::Value> results,
               llvm::ArrayRef<const Array *> learned);

  std::vector<ScoreStep> steps;
  std::vector<const Array *> learned;
  /// Numbers of values: 0 is the score as it was.
  llvm::SmallVector<unsigned, 4> results = {0};
};

} // namespace fovea::reference

#endif // FOVEA_REFERENCE_SCOREPROGRAM_H
