# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""load_bundles.py LIBRARY FILE...: loads each bundle by the runtime's C interface, asks for all that it
says, and prints the status of the load. No driver is opened."""
import ctypes
import sys

MAX_RANK = 8


class Tensor(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("type", ctypes.c_int32), ("rank", ctypes.c_uint32),
                ("shape", ctypes.POINTER(ctypes.c_int64))]


class BundleInfo(ctypes.Structure):
    _fields_ = [("producer", ctypes.c_char_p), ("target", ctypes.c_char_p), ("entries", ctypes.c_size_t),
                ("kernels", ctypes.c_size_t)]


class EntryInfo(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("arguments", ctypes.c_size_t), ("launches", ctypes.c_size_t)]


class ArgumentInfo(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("type", ctypes.c_int), ("rows", ctypes.c_int),
                ("output", ctypes.c_bool), ("rank", ctypes.c_uint32), ("shape", ctypes.POINTER(ctypes.c_int64))]


def use_entry(library, entry):
    """Workspace for arguments of drawn-up sizes: evaluates every value of the program."""
    info = EntryInfo()
    library.fovea_entry_describe(entry, ctypes.byref(info))
    for rows in (0, 1, 100, 2**31, 2**62):
        tensors = (Tensor * max(info.arguments, 1))()
        for i in range(info.arguments):
            argument = ArgumentInfo()
            library.fovea_entry_describe_argument(entry, i, ctypes.byref(argument))
            shape = (ctypes.c_int64 * max(argument.rank, 1))()
            for axis in range(argument.rank):
                shape[axis] = argument.shape[axis] if argument.shape[axis] >= 0 else rows
            tensors[i] = Tensor(None, argument.type, argument.rank, shape)
        size = ctypes.c_size_t()
        library.fovea_entry_workspace_bytes(entry, tensors, info.arguments, ctypes.byref(size))


def load(library, path):
    bundle = ctypes.c_void_p()
    status = library.fovea_bundle_load_file(path.encode(), ctypes.byref(bundle))
    if status != 0:
        if not library.fovea_last_error():
            print("expected a message", file=sys.stderr)
        return status
    info = BundleInfo()
    library.fovea_bundle_describe(bundle, ctypes.byref(info))
    for i in range(info.entries):
        entry = ctypes.c_void_p()
        library.fovea_bundle_get_entry(bundle, i, ctypes.byref(entry))
        use_entry(library, entry)
    library.fovea_bundle_free(bundle)
    return status


def main():
    library = ctypes.CDLL(sys.argv[1])
    library.fovea_last_error.restype = ctypes.c_char_p
    library.fovea_bundle_free.argtypes = [ctypes.c_void_p]
    library.fovea_bundle_free.restype = None
    library.fovea_bundle_get_entry.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p]
    library.fovea_bundle_describe.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    library.fovea_entry_describe.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    library.fovea_entry_describe_argument.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p]
    library.fovea_entry_workspace_bytes.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t,
                                                    ctypes.c_void_p]
    for path in sys.argv[2:]:
        print(load(library, path), flush=True)


if __name__ == "__main__":
    main()
