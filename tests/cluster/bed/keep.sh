#!/bin/bash
# keep.sh PIDFILE LOG COMMAND...   starts COMMAND under a parent that lives as long as COMMAND: Envoy 1.40 asks for
# SIGTERM on the death of the thread that started it.
pid_file=$1 log=$2; shift 2
setsid bash -c 'file=$1; shift; "$@" & echo $! > "$file"; wait' keep "$pid_file" "$@" >>"$log" 2>&1 </dev/null &
