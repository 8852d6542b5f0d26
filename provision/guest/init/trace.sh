# shellcheck shell=sh
# Threads of the kernel as they come and go, for whoever counts those of a module: children of kthreadd, seen by an instance of
# the kernel's tracing that is the host's own. It is in the state that machines start from, since to make it is a tenth
# of a short run, or more. Context is left out of its lines, because names of tasks stand in it. Not every kernel traces.

trace_threads() {
  instance=/sys/kernel/tracing/instances/lab3
  [ ! -d $instance ] || return 0
  [ -d /sys/kernel/tracing/events ] || mount -t tracefs nodev /sys/kernel/tracing
  mkdir $instance || return
  (
    cd $instance &&
      echo 0 >options/context-info &&
      echo 'parent_comm == "kthreadd"' >events/sched/sched_process_fork/filter &&
      echo 'oldcomm == "kthreadd"' >events/task/task_rename/filter &&
      echo 1 >events/sched/sched_process_fork/enable &&
      echo 1 >events/task/task_rename/enable &&
      echo 1 >events/sched/sched_process_exit/enable
  ) || rmdir $instance
}

trace_threads 2>/dev/null
