#!/bin/sh
# Stands for ptxas: --version, or -arch=A -O3 -v INPUT.ptx -o CUBIN. Does what it should but
# for what $FAKE_PTXAS names; $FAKE_PTXAS_STATE is a file for what it leaves behind.
version=13.0.88
case $FAKE_PTXAS in
old) version=11.8.89 ;;
first) version=12.0.140 ;;
esac
if [ "$1" = --version ]; then
  case $FAKE_PTXAS in
  mute) exit 0 ;;
  crash-at-version) kill -s SEGV $$ ;;
  hang-at-version) exec sleep 600 ;;
  esac
  echo "ptxas: NVIDIA (R) Ptx optimizing assembler"
  echo "Cuda compilation tools, release ${version%.*}, V$version"
  exit 0
fi

target=${1#-arch=}
input=$4
output=$6
kernel=$(sed -n 's/.*\.entry \([A-Za-z0-9_]*\)(.*/\1/p' "$input")
case $FAKE_PTXAS in
crash) kill -s SEGV $$ ;;
hang)
  echo $$ > "${FAKE_PTXAS_STATE:-/dev/null}"
  exec sleep 600
  ;;
killed-once)
  if [ ! -e "$FAKE_PTXAS_STATE" ]; then
    : > "$FAKE_PTXAS_STATE"
    kill -s KILL $$
  fi
  ;;
refuses-words)
  echo "ptxas $input, line 9; error   : Not a name of any known instruction: 'f'"
  echo "ptxas fatal   : Ptx assembly aborted due to errors"
  exit 255
  ;;
refuses-mutely) exit 3 ;;
other-kernel) kernel=another ;;
other-target) target=sm_70 ;;
esac

# An ELF file's header, of a CUDA machine and without sections.
machine='\276'
[ "$FAKE_PTXAS" = other-machine ] && machine='\076'
case $FAKE_PTXAS in
no-elf) echo "a cubin" > "$output" ;;
no-cubin) ;;
*)
  printf '\177ELF\002\001\001\063\007\0\0\0\0\0\0\0\002\0'"$machine"'\0\001\0\0\0' > "$output"
  head -c 40 /dev/zero >> "$output"
  ;;
esac

head="ptxas info    : "
[ "$FAKE_PTXAS" = named ] && head="my ptx: as info    : "
[ -n "$FAKE_PTXAS_ADVISORY" ] && echo "${head}$FAKE_PTXAS_ADVISORY '$kernel'"
[ "$FAKE_PTXAS" = no-report ] && exit 0
echo "${head}0 bytes gmem"
echo "${head}Compiling entry function '$kernel' for '$target'"
echo "${head}Function properties for $kernel"
[ "$FAKE_PTXAS" = new-words ] && exit 0
echo "    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads"
echo "${head}Used 64 registers, used 1 barriers"
