#!/bin/sh
# Start one worker of DVC's experiment queue for each GPU named: each runs one experiment at a time on its own GPU.
#   tools/start_workers.sh 0 1 2 3
# `dvc queue start --jobs N` starts those of workers 1 to N that do not run yet, with the environment of the call; so
# each call here starts one more. An empty name ('') hides all GPUs from its worker.
[ $# -gt 0 ] || {
    echo "start_workers.sh: found no GPU, expected the indices of one or more, such as 0 1" >&2
    exit 2
}
jobs=0
for gpu in "$@"; do
    jobs=$((jobs + 1))
    CUDA_VISIBLE_DEVICES="$gpu" dvc queue start --jobs "$jobs" || exit
done
