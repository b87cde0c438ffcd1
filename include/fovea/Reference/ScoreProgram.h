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

/// What the step's result changes by where its operands change by `slopes`, each at the
/// value that it has. Comparisons and integers change by nothing; attn.attend_grad_q
/// says what is taken where a function has a corner.
double differentiateStep(const ScoreStep &step, llvm::ArrayRef<double> operands,
                         llvm::ArrayRef<double> slopes);

class ScoreProgram {
public:
  /// `region` may be empty; `learned` holds an array [Hq] for each learned number.
  ScoreProgram(mlir::Region &region, llvm::ArrayRef<const Array *> learned);

  bool isEmpty() const { return steps.empty() && result == 0; }

  /// The score that the region makes of `score`. `compute(step, operands)` gives the
  /// values of type T, which an exact double converts to.
  template <typename T, typename ComputeFn>
  T run(T score, int64_t query, int64_t key, int64_t head, ComputeFn compute) const {
    llvm::SmallVector<T, 16> values{score, T(double(query)), T(double(key)),
                                    T(double(head))};
    for (const Array *array : learned)
      values.push_back(T(array->at(head)));
    return run(values, compute);
  }

  /// The function that the reference's loops take; null where the region is empty. The
  /// learned arrays outlive it.
  ScoreFunction getFunction() const;

  /// Its derivative, by the rules of calculus, step by step; null where the region is
  /// empty.
  ScoreGradient getGradient() const;

private:
  /// Runs the steps on `values`, one for each argument of the region.
  template <typename T, typename ComputeFn>
  T run(llvm::SmallVectorImpl<T> &values, ComputeFn compute) const {
    llvm::SmallVector<T, 3> operands;
    for (const ScoreStep &step : steps) {
      operands.clear();
      for (unsigned operand : step.operands)
        operands.push_back(values[operand]);
      values.push_back(compute(step, llvm::ArrayRef<T>(operands)));
    }
    return values[result];
  }

  std::vector<ScoreStep> steps;
  std::vector<const Array *> learned;
  unsigned result = 0; ///< number of a value: 0 is the score as it was
};

} // namespace fovea::reference

#endif // FOVEA_REFERENCE_SCOREPROGRAM_H
