//===- Array.h - Dense arrays of the reference ------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A row-major array that checks every index, in release builds too: the
// reference is the truth, so it stops rather than read a wrong element.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_REFERENCE_ARRAY_H
#define FOVEA_REFERENCE_ARRAY_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <vector>

namespace fovea::reference {

using Shape = std::vector<int64_t>;

/// The product of the sizes; 1 for a scalar.
int64_t getNumElements(llvm::ArrayRef<int64_t> shape);

/// An error "expected <name> of shape [..], got [..]" unless the two agree.
llvm::Error checkShape(llvm::StringRef name, llvm::ArrayRef<int64_t> actual,
                       llvm::ArrayRef<int64_t> expected);

/// An error "expected <name> of rank .., got shape [..]" unless they agree.
llvm::Error checkRank(llvm::StringRef name, llvm::ArrayRef<int64_t> actual,
                      int64_t rank);

/// The offset of the slice at the leading `indices`, and its size: the product
/// of the axes that are left. An index out of range is a fatal error.
std::pair<int64_t, int64_t> locateSlice(llvm::ArrayRef<int64_t> shape,
                                        llvm::ArrayRef<int64_t> indices);

/// The offset of the element at `indices`, one per axis; anything else is a
/// fatal error.
int64_t locateElement(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> indices);

template <typename T> struct BasicArray {
  Shape shape;
  std::vector<T> data;

  BasicArray() = default;
  explicit BasicArray(Shape shape, T fill = T())
      : shape(std::move(shape)), data(getNumElements(this->shape), fill) {}
  /// `data` holds exactly the elements of `shape`.
  BasicArray(Shape shape, std::vector<T> data)
      : shape(std::move(shape)), data(std::move(data)) {}

  int64_t rank() const { return static_cast<int64_t>(shape.size()); }
  int64_t dim(int64_t axis) const { return shape[axis]; }

  /// The contiguous elements at the given leading indices: of an array
  /// [T, H, D], slice(t, h) is the D elements of a row.
  template <typename... Ints> llvm::MutableArrayRef<T> slice(Ints... indices) {
    auto [begin, size] = locateSlice(shape, {int64_t(indices)...});
    return llvm::MutableArrayRef<T>(data).slice(begin, size);
  }
  template <typename... Ints> llvm::ArrayRef<T> slice(Ints... indices) const {
    auto [begin, size] = locateSlice(shape, {int64_t(indices)...});
    return llvm::ArrayRef<T>(data).slice(begin, size);
  }

  /// The element at one index per axis.
  template <typename... Ints> T &at(Ints... indices) {
    return data[locateElement(shape, {int64_t(indices)...})];
  }
  template <typename... Ints> const T &at(Ints... indices) const {
    return data[locateElement(shape, {int64_t(indices)...})];
  }
};

/// Values, whatever their type outside: the reference computes in double.
using Array = BasicArray<double>;
/// Block indices; -1 marks an unused slot.
using IndexArray = BasicArray<int32_t>;

/// The sum of products of two rows of one length, in ascending order.
double dot(llvm::ArrayRef<double> a, llvm::ArrayRef<double> b);

/// output += scale * row, of one length.
void addScaled(double scale, llvm::ArrayRef<double> row,
               llvm::MutableArrayRef<double> output);

} // namespace fovea::reference

#endif // FOVEA_REFERENCE_ARRAY_H
