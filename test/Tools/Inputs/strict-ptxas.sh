#!/bin/sh
# Stands for ptxas: -arch=A -O3 -v INPUT.ptx -o CUBIN. Refuses blocks of 512 threads, finds
# spills in those of 384, takes the rest; a line in $STRICT_PTXAS_LOG for each call.
input=$4
output=$6
kernel=$(sed -n 's/.*\.entry \([A-Za-z0-9_]*\)(.*/\1/p' "$input")
threads=$(sed -n 's/.*\.reqntid \([0-9]*\).*/\1/p' "$input")
echo "$kernel of $threads threads" >> "$STRICT_PTXAS_LOG"
if [ "$threads" = 512 ]; then
  echo "ptxas error   : no block of 512 here"
  exit 1
fi
spills=0
[ "$threads" = 384 ] && spills=64
echo "ptxas info    : Compiling entry function '$kernel' for 'sm_90a'"
echo "ptxas info    : Function properties for $kernel"
echo "    0 bytes stack frame, $spills bytes spill stores, 0 bytes spill loads"
echo "ptxas info    : Used 64 registers, used 1 barriers"
echo "a cubin" > "$output"
