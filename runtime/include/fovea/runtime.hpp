//===- fovea/runtime.hpp - fovea/runtime.h with owners ----------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A bundle that frees itself, and statuses that keep their text. No exceptions, C++17:
//
//   fovea::runtime::Bundle bundle;
//   fovea::runtime::Entry entry;
//   if (auto status = fovea::runtime::Bundle::load("nsa.fovea", bundle); !status)
//     return report(status.text());
//   if (auto status = bundle.find("nsa_forward", entry); !status)
//     return report(status.text());
//
// What each call does, may fail with and may run beside is said in fovea/runtime.h.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_RUNTIME_HPP
#define FOVEA_RUNTIME_HPP

#include "fovea/runtime.h"

#include <memory>
#include <string>
#include <vector>

namespace fovea::runtime {

/// The outcome of a call: true on success.
class [[nodiscard]] Status {
public:
  Status() = default;
  /// Of the C call that just returned `code` in this thread.
  explicit Status(fovea_status_t code)
      : failure(code), message(code == FOVEA_OK ? "" : fovea_last_error()) {}

  explicit operator bool() const { return failure == FOVEA_OK; }
  fovea_status_t code() const { return failure; }
  const std::string &text() const { return message; }

private:
  fovea_status_t failure = FOVEA_OK;
  std::string message;
};

/// An entry of a bundle, valid while the bundle is. Copies are the same entry.
class Entry {
public:
  Entry() = default;
  explicit Entry(const fovea_entry_t *entry) : entry(entry) {}

  Status describe(fovea_entry_info_t &info) const {
    return Status(fovea_entry_describe(entry, &info));
  }
  Status describeArgument(size_t argument, fovea_argument_info_t &info) const {
    return Status(fovea_entry_describe_argument(entry, argument, &info));
  }
  /// Which kernel of the bundle launch number `launch` runs.
  Status getLaunch(size_t launch, size_t &kernel) const {
    return Status(fovea_entry_get_launch(entry, launch, &kernel));
  }
  Status workspaceBytes(const std::vector<fovea_tensor_t> &tensors,
                        size_t &bytes) const {
    return Status(
        fovea_entry_workspace_bytes(entry, tensors.data(), tensors.size(), &bytes));
  }
  Status launch(const fovea_call_t &call) const {
    return Status(fovea_entry_launch(entry, &call));
  }
  /// Launches `first` <= i < `last` only.
  Status launchRange(const fovea_call_t &call, size_t first, size_t last) const {
    return Status(fovea_entry_launch_range(entry, &call, first, last));
  }
  /// Launches the checks alone, and waits for them.
  Status check(const fovea_call_t &call) const {
    return Status(fovea_entry_check(entry, &call));
  }
  const fovea_entry_t *get() const { return entry; }

private:
  const fovea_entry_t *entry = nullptr;
};

/// A loaded bundle, or none.
class Bundle {
public:
  static Status load(const std::string &path, Bundle &bundle) {
    fovea_bundle_t *loaded = nullptr;
    Status status(fovea_bundle_load_file(path.c_str(), &loaded));
    bundle.bundle.reset(loaded);
    return status;
  }
  static Status load(const void *data, size_t bytes, Bundle &bundle) {
    fovea_bundle_t *loaded = nullptr;
    Status status(fovea_bundle_load_memory(data, bytes, &loaded));
    bundle.bundle.reset(loaded);
    return status;
  }

  Status prepare() { return Status(fovea_bundle_prepare(bundle.get())); }
  Status find(const std::string &name, Entry &entry) {
    const fovea_entry_t *found = nullptr;
    Status status(fovea_bundle_find_entry(bundle.get(), name.c_str(), &found));
    entry = Entry(found);
    return status;
  }
  Status getEntry(size_t index, Entry &entry) {
    const fovea_entry_t *found = nullptr;
    Status status(fovea_bundle_get_entry(bundle.get(), index, &found));
    entry = Entry(found);
    return status;
  }
  Status describe(fovea_bundle_info_t &info) const {
    return Status(fovea_bundle_describe(bundle.get(), &info));
  }
  Status describeKernel(size_t kernel, fovea_kernel_info_t &info) const {
    return Status(fovea_bundle_describe_kernel(bundle.get(), kernel, &info));
  }
  fovea_bundle_t *get() { return bundle.get(); }

private:
  struct Free {
    void operator()(fovea_bundle_t *loaded) const { fovea_bundle_free(loaded); }
  };
  std::unique_ptr<fovea_bundle_t, Free> bundle;
};

} // namespace fovea::runtime

#endif // FOVEA_RUNTIME_HPP
