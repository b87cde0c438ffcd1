#!/bin/sh
# Stands for ptxas: -arch=A -O3 -v INPUT.ptx -o CUBIN. Finds blocks of 512 threads too large
# and spills in those of 384, takes the rest; a line in $STRICT_PTXAS_LOG for each call. What ends in
# $STRICT_PTXAS_SPARES does not spill.
if [ "$1" = --version ]; then
  echo "Cuda compilation tools, release 13.0, V13.0.88"
  exit 0
fi
input=$4
output=$6
kernel=$(sed -n 's/.*\.entry \([A-Za-z0-9_]*\)(.*/\1/p' "$input")
threads=$(sed -n 's/.*\.reqntid \([0-9]*\).*/\1/p' "$input")
echo "$kernel of $threads threads" >> "$STRICT_PTXAS_LOG"
if [ "$threads" = 512 ]; then
  echo "ptxas error   : Entry function '$kernel' uses too much shared data"
  exit 1
fi
spills=0
[ "$threads" = 384 ] && spills=64
case $kernel in *"${STRICT_PTXAS_SPARES:-none}") spills=0 ;; esac
echo "ptxas info    : Compiling entry function '$kernel' for 'sm_90a'"
echo "ptxas info    : Function properties for $kernel"
echo "    0 bytes stack frame, $spills bytes spill stores, 0 bytes spill loads"
echo "ptxas info    : Used 64 registers, used 1 barriers"
# An ELF file's header, of a CUDA machine and without sections.
printf '\177ELF\002\001\001\063\007\0\0\0\0\0\0\0\002\0\276\0\001\0\0\0' > "$output"
head -c 40 /dev/zero >> "$output"
