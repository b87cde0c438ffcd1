"""call-backward.py SOURCE LIBRARY DRIVER BUNDLE: calls both entries of a bundle from Python, arguments by
name, on a driver that runs nothing, and prints what they take and give."""
import sys

source, library, driver, bundle_path = sys.argv[1:]
sys.path.insert(0, f"{source}/runtime/python")
from fovea.device import Device  # noqa: E402
from fovea.runtime import Bundle, use_library  # noqa: E402

assert use_library(library).fovea_runtime_open(driver.encode()) == 0
device, bundle, arrays = Device(), Bundle.load(bundle_path), {}
TOKENS = 9
for name in bundle.entries:
    entry = bundle.entry(name)
    for argument in entry.arguments:
        first = {"tokens": TOKENS, "sequence_ends": 2}[argument.rows]
        if argument.name not in arrays:
            arrays[argument.name] = device.array([first, *argument.shape[1:]], argument.dtype)
        print(name, "gives" if argument.output else "takes", argument.name, argument.dtype, argument.rows)
    given = {argument.name: arrays[argument.name] for argument in entry.arguments}
    workspace = device.array([max(1, entry.workspace_bytes(*given.values()))], "uint8")
    entry(**given, workspace=workspace, stream=0)
    print(name, "launches", len(entry.launches))
