//===- CpuTestSupport.h - run tile programs in tests ------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TEST_UNIT_TARGET_CPU_CPUTESTSUPPORT_H
#define FOVEA_TEST_UNIT_TARGET_CPU_CPUTESTSUPPORT_H

#include "fovea/Pipelines/Register.h"
#include "fovea/Target/CPU/CpuJit.h"
#include "mlir/ExecutionEngine/CRunnerUtils.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "gtest/gtest.h"

#include <random>
#include <vector>

namespace fovea::test {

/// A dense array and the descriptor that compiled code takes.
template <typename T, int Rank> struct Array {
  std::vector<T> data;
  StridedMemRefType<T, Rank> view;

  explicit Array(std::array<int64_t, Rank> sizes, T fill = T()) {
    int64_t count = 1;
    for (int i = Rank - 1; i >= 0; --i) {
      view.sizes[i] = sizes[i];
      view.strides[i] = count;
      count *= sizes[i];
    }
    data.assign(count, fill);
    view.basePtr = view.data = data.data();
    view.offset = 0;
  }
  Array(const Array &) = delete;
  T &operator[](size_t i) { return data[i]; }
  void *arg() { return &view; }
  void randomize(unsigned seed) {
    std::mt19937 generator(seed);
    std::normal_distribution<float> normal;
    for (T &value : data)
      value = T(normal(generator));
  }
};

/// A compiled module. Arguments of `call` are descriptors' addresses.
class Program {
public:
  Program(llvm::StringRef source, llvm::StringRef cpu) {
    mlir::DialectRegistry registry;
    registerAllDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    module = mlir::parseSourceString<mlir::ModuleOp>(source, &context);
    EXPECT_TRUE(module);
    auto target = getCpuTargetInfo(cpu, "", [](const llvm::Twine &message) {
      ADD_FAILURE() << message.str();
      return mlir::failure();
    });
    mlir::PassManager pm(&context);
    buildCpuPipeline(pm, *target, CpuInterface::Memref);
    EXPECT_TRUE(mlir::succeeded(pm.run(*module)));
    auto made = CpuJit::create(*module, *target);
    EXPECT_TRUE(mlir::succeeded(made));
    jit = std::move(*made);
  }

  template <typename... Args> int call(llvm::StringRef name, Args... args) {
    auto entry = reinterpret_cast<int (*)(Args...)>(jit->lookup(name));
    EXPECT_NE(entry, nullptr);
    return entry ? entry(args...) : -1;
  }

private:
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::unique_ptr<CpuJit> jit;
};

/// A module whose entry @run launches `grid` programs of a kernel with `body`.
/// `types` are those of the arguments %a0, %a1, … of both.
inline std::string oneKernel(llvm::ArrayRef<std::string> types, llvm::StringRef body,
                             int grid = 1) {
  std::string params, names, list;
  for (size_t i = 0; i < types.size(); ++i) {
    std::string comma = i ? ", " : "", name = "%a" + std::to_string(i);
    params += comma + name + ": " + types[i];
    names += comma + name;
    list += comma + llvm::StringRef(types[i]).split(" {").first.str();
  }
  return "tile.kernel @k(" + params + ") {\n  %c0 = arith.constant 0 : index\n" +
         body.str() + "\n  tile.return\n}\nfunc.func @run(" + params +
         ") -> i32 attributes {tile.entry} {\n  %n = arith.constant " +
         std::to_string(grid) + " : index\n  tile.launch @k grid(%n)(" + names +
         ") : " + list + "\n  %z = arith.constant 0 : i32\n  return %z : i32\n}\n";
}

/// `text` with every `$name` replaced.
inline std::string substitute(std::string text,
                              std::vector<std::pair<std::string, std::string>> values) {
  for (auto &[name, value] : values)
    for (size_t at; (at = text.find("$" + name)) != std::string::npos;)
      text.replace(at, name.size() + 1, value);
  return text;
}

/// The CPUs that tests compile for: the portable default, and this machine.
inline std::vector<std::string> testCpus() { return {"x86-64-v3", "native"}; }

} // namespace fovea::test

#endif // FOVEA_TEST_UNIT_TARGET_CPU_CPUTESTSUPPORT_H
