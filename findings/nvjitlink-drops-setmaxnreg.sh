#!/usr/bin/env bash
# Expected: nvJitLink compiles PTX as ptxas does, or fails.
# Seen: of one and the same kernel, with a block size and a number of blocks per SM, ptxas keeps both
# setmaxnreg; nvJitLink drops them, says so in the info log only, and returns success at each step. No
# option of ptxas passed through brings them back.
# Matters: a warp-specialized kernel that hands its producer's registers over is then compiled for the
# registers that it starts with, and spills or is serialized.
work=$(mktemp -d)
. "$(dirname "${BASH_SOURCE[0]}")/../utils/finding.sh"
install nvidia-cuda-nvcc==13.0.88 nvidia-cuda-nvdisasm==13.2.78 nvidia-nvjitlink==13.0.88

cat > "$work/kernel.ptx" <<'PTX'
.version 8.0
.target sm_90a
.address_size 64
.visible .entry hand_over(.param .u64 out)
.reqntid 256, 1, 1
.minnctapersm 1
{
  .reg .pred %gives;
  .reg .b32 %thread;
  .reg .b64 %out;
  ld.param.u64 %out, [out];
  cvta.to.global.u64 %out, %out;
  mov.u32 %thread, %tid.x;
  setp.lt.u32 %gives, %thread, 128;
  @%gives bra give;
  setmaxnreg.inc.sync.aligned.u32 232;
  st.global.u32 [%out], %thread;
  ret;
give:
  setmaxnreg.dec.sync.aligned.u32 24;
  ret;
}
PTX

cat > "$work/link.py" <<'PY'
import ctypes
import sys

library, source, target, *options = sys.argv[1:]
link = ctypes.CDLL(library)
handle, size = ctypes.c_void_p(), ctypes.c_size_t()
text = open(source, "rb").read()
names = (ctypes.c_char_p * len(options))(*[option.encode() for option in options])
statuses = [link.nvJitLinkCreate(ctypes.byref(handle), len(options), names),
            link.nvJitLinkAddData(handle, 2, text, ctypes.c_size_t(len(text)), b"kernel.ptx"),
            link.nvJitLinkComplete(handle),
            link.nvJitLinkGetLinkedCubinSize(handle, ctypes.byref(size))]
cubin = ctypes.create_string_buffer(size.value)
statuses.append(link.nvJitLinkGetLinkedCubin(handle, cubin))
open(target, "wb").write(cubin.raw)
link.nvJitLinkGetInfoLogSize(handle, ctypes.byref(size))
log = ctypes.create_string_buffer(size.value + 1)
link.nvJitLinkGetInfoLog(handle, log)
print(*statuses)
print(log.value.decode().strip())
PY

"$(tool ptxas)" -arch=sm_90a -O3 "$work/kernel.ptx" -o "$work/ptxas.cubin"
"$(tool nvdisasm)" -c "$work/ptxas.cubin" > "$work/ptxas.sass"
expect "hand-overs in ptxas' code" 2 "$(count 'USETMAXREG' "$work/ptxas.sass")"

library=$(find "$work/site" -name 'libnvJitLink.so.13')
for options in "-O3" "-O3 -Xptxas=-maxrregcount=232"; do
  # shellcheck disable=SC2086  # one word per option
  python3 "$work/link.py" "$library" "$work/kernel.ptx" "$work/link.cubin" -arch=sm_90a $options > "$work/log"
  "$(tool nvdisasm)" -c "$work/link.cubin" > "$work/link.sass"
  expect "statuses of nvJitLink with $options" "0 0 0 0 0" "$(head -n 1 "$work/log")"
  expect "hand-overs in its code" 0 "$(count 'USETMAXREG' "$work/link.sass")"
  expect "lines in its info log that tell" 1 "$(count "'setmaxnreg' ignored" "$work/log")"
done
echo "as found"
