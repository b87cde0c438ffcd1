#!/bin/sh
# Stands for a ptxas that takes its time: each call waits until $MEETING_SIZE calls are there, which
# are lines of the file $MEETING. The kernels whose names are in $MEETING_FAULTS, in order of time, then
# end by a signal; the other calls are fake-ptxas.sh's.
if [ "$1" != --version ]; then
  kernel=$(sed -n 's/.*\.entry \([A-Za-z0-9_]*\)(.*/\1/p' "$4")
  echo "$kernel" >> "$MEETING"
  while [ "$(wc -l < "$MEETING")" -lt "$MEETING_SIZE" ]; do
    sleep 0.02
  done
  delay=0
  for fault in $MEETING_FAULTS; do
    if [ "$fault" = "$kernel" ]; then
      sleep $delay
      kill -s SEGV $$
    fi
    delay=0.5
  done
fi
exec "$(dirname "$0")/../../Target/GPU/Inputs/fake-ptxas.sh" "$@"
