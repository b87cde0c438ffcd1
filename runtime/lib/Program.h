//===- Program.h - What a bundle holds, as read and checked -----*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The manifest of docs/bundle.md as plain data. Whoever holds one may rely on what the
// reader has checked: every number that refers to a kernel, a value, an axis and so on
// is in range, and a kernel's parameters fit the arguments of each of its launches.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_RUNTIME_LIB_PROGRAM_H
#define FOVEA_RUNTIME_LIB_PROGRAM_H

#include "ElementType.h"

#include <array>
#include <string>
#include <vector>

namespace fovea::rt {

constexpr uint32_t maxRank = 8;
constexpr uint32_t maxTensorMapRank = 5; // the driver's
constexpr uint32_t maxGridRank = 2;
/// The size of a shape that a manifest leaves open.
constexpr int64_t dynamicSize = -1;

/// Sizes, outermost first. A value type: a launch allocates nothing for shapes.
struct Shape {
  uint32_t rank = 0;
  std::array<int64_t, maxRank> sizes = {};
};

/// Where machine code lies in the file.
struct Blob {
  size_t offset = 0;
  size_t bytes = 0;
};

/// A cubin, and the PTX that it was assembled from where the bundle has it; that ends
/// with a NUL.
struct Cubin : Blob {
  Blob ptx;
};

enum class ScalarType { I64, I32, F32 };

/// One parameter of a kernel. `argument` counts the arguments of the launch.
struct Param {
  enum class Kind { Pointer, Size, Scalar, Programs, TensorMap };
  Kind kind = Kind::Pointer;
  uint32_t argument = 0;
  bool readOnly = false;             // Pointer: the kernel writes nothing there
  uint32_t axis = 0;                 // Size, Programs
  ScalarType type = ScalarType::I64; // Scalar
  uint32_t boxRank = 0;              // TensorMap
  std::array<uint32_t, maxTensorMapRank> box = {};
  uint32_t swizzleBytes = 0;
};

struct Kernel {
  std::string name;
  std::string symbol;
  uint32_t cubin = 0;
  uint32_t threads = 0;
  uint32_t sharedBytes = 0;
  uint32_t registers = 0;
  std::vector<Param> params;
};

/// An argument of an entry.
struct Argument {
  std::string name;
  const ElementTypeInfo *type = nullptr;
  fovea_rows_t rows = FOVEA_ROWS_STATIC;
  int64_t tokensPerRow = 1; // of FOVEA_ROWS_TOKENS and FOVEA_ROWS_KEY_TOKENS
  Shape shape;
  bool output = false;
};

/// A 64-bit integer, computed from array shapes and earlier values.
struct Value {
  enum class Kind { Dim, Const, Add, Sub, Mul, DivU, MinS, MaxS };
  Kind kind = Kind::Const;
  int64_t constant = 0;                  // Const
  std::array<uint32_t, 2> operands = {}; // argument and axis, or two values
};

/// A size: a number, or a value's number.
struct Size {
  bool isValue = false;
  int64_t constant = 0;
  uint32_t value = 0;
};

/// An intermediate, which lives from launch `first` to launch `last`.
struct Workspace {
  const ElementTypeInfo *type = nullptr;
  std::vector<Size> shape;
  uint32_t first = 0;
  uint32_t last = 0;
};

/// What a launch passes: an argument of the entry, an intermediate, a value, or an
/// element of a call's report.
struct Operand {
  enum class Kind { Argument, Workspace, Value, Report };
  Kind kind = Kind::Argument;
  uint32_t number = 0;
};

struct Launch {
  uint32_t kernel = 0;
  std::vector<Size> grid; // axis 0 varies fastest
  std::vector<Operand> operands;
};

/// A launch that says of one of the entry's arguments whether it is well-formed.
struct Check {
  Launch launch;
  uint32_t argument = 0; // that is checked: offsets into the tokens
  uint32_t tokens = 0;   // the value that says how many there are
  uint32_t report = 0;   // the element of the report that it writes
};

struct Entry {
  std::string name;
  int64_t mostTokens = INT32_MAX;
  std::vector<Argument> arguments;
  std::vector<Value> values;
  std::vector<Workspace> workspace;
  std::vector<Launch> launches;
  bool hasChecks = false; // bundles of older compilers have no list of them
  std::vector<Check> checks;
};

/// `smVersion` 90 and `exact` is sm_90a: that architecture and no other. Otherwise the
/// cubins run on its later minor versions too, and their PTX on all later ones.
struct Target {
  std::string name;
  uint32_t smVersion = 0;
  bool exact = false;
};

struct Program {
  std::string producer;
  Target target;
  std::vector<Cubin> cubins;
  std::vector<Kernel> kernels;
  std::vector<Entry> entries;
};

} // namespace fovea::rt

#endif // FOVEA_RUNTIME_LIB_PROGRAM_H
