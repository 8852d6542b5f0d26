/**
 * What a guest is asked to do for one graded run: POSIX shell for busybox, one call of the agent, since each call costs an
 * emulated machine time. Nothing here says what is expected, and nothing which case it is.
 */
import {
  markScript,
  modulePath,
  settleFunction,
  staysPatience,
  withFile,
} from '../../provision/run/scripts.ts';
import { shellWord } from '../../provision/shell-word.ts';

export interface RunScript {
  readonly name: string;
  readonly params: Readonly<Record<string, string>>;
  /** `early`: unloaded while threads are at work. */
  readonly shape: 'whole' | 'early';
  /**
   * Loads and unloads, one after another while they go well; those after the first with parameters of their own. 0: one, and
   * they are not counted.
   */
  readonly cycles: number;
  readonly again: Readonly<Record<string, string>>;
  /** For loading, and again for the threads after it; by the guest's clock. */
  readonly runSeconds: number;
  readonly unloadSeconds: number;
  /** Whether its threads are known to stay, at rest, until they are told to go: then less is waited to see it. */
  readonly stays?: boolean;
  /** A line for the console when all is over. */
  readonly mark: string;
}

/** A line of the console between the cycles; unknown to the module, as the mark is. */
export const cycleMark = (mark: string) => `${mark} cycle`;
/** In the trace where the script begins. */
export const beganMark = 'lab3 began';
/** In the trace where the first cycle has ended. */
export const againMark = 'lab3 again';
/** Begins every line that says how far the run came. */
export const word = 'lab3-grade';

/** `patience` after the first cycle, with threads that stayed in it. */
const cyclePatience = 60;

const instance = '/sys/kernel/tracing/instances/lab3';

/**
 * The machine traces threads of its kernel since before the module came (provision/guest/init/trace.sh); what was before the
 * mark is not the module's.
 */
const startTracing = `traced=''
{ cd ${instance} && echo '${beganMark}' >trace_marker && traced=1; } 2>/dev/null
cd /root
`;

/**
 * `limited SECONDS COMMAND…` leaves the command's exit status in `status`, or `late` when it did not return. It looks on
 * without starting a process: each costs an emulated machine 10 ms. Who has ended has no working directory any more.
 */
const limited = `[ -p /run/never ] || mkfifo /run/never
exec 4<>/run/never
clock() { read -r uptime _ </proc/uptime; uptime=\${uptime%.*}\${uptime#*.}; }
limited() {
  clock
  began=$uptime
  end=$((uptime + $1 * 100))
  shift
  "$@" 2>&1 4<&- &
  task=$!
  while [ -e /proc/$task/cwd ]; do
    read -r -t 0.003 _ <&4
    clock
    [ $uptime -lt $end ] || { status=late; return; }
  done
  wait $task
  status=$?
}
`;

/** \`remaining\` puts the kernel threads that came since the beginning into \`left\`; those of the kernel's pools are its own. */
const remaining = `remaining() {
  left=''
  for folder in /proc/[0-9]*; do
    pid=\${folder#/proc/}
    case $old in *" $pid "*) continue ;; esac
    read -r stat 2>/dev/null <"$folder/stat" || continue
    case $stat in "$pid (kworker"*) old="$old$pid "; continue ;; esac
    set -- \${stat##*) }
    [ "$2" -eq 2 ] || { old="$old$pid "; continue; }
    case $1 in Z | X) ;; *) left="$left $pid" ;; esac
  done
}
outlived() {
  tries=0
  remaining
  # A thread that has been stopped still needs a moment to end.
  while [ -n "$left" ] && [ $tries -lt 20 ]; do
    tries=$((tries + 1))
    read -r -t 0.05 _ <&4
    remaining
  done
  for pid in $left; do
    read -r name 2>/dev/null <"/proc/$pid/comm" && echo "${word} outlived $name"
  done
}
`;

/** Where insmod, rmmod and the module's threads wait. */
const stuck = `stuck() {
  remaining
  for folder in /proc/[0-9]*; do
    pid=\${folder#/proc/}
    read -r name 2>/dev/null <"$folder/comm" || continue
    case $name in insmod | rmmod) ;; *) case "$left " in *" $pid "*) ;; *) continue ;; esac ;; esac
    echo "${word} stack $name"
    lines=0
    while [ $lines -lt 8 ] && read -r line; do echo "$line"; lines=$((lines + 1)); done 2>/dev/null <"$folder/stack"
    shown=$((shown + 1))
    [ $shown -lt 4 ] || break
  done
}
shown=0
`;

function runScript(run: RunScript): string {
  const { name, shape, cycles, runSeconds, unloadSeconds, mark } = run;
  const load = `echo '${word} loading'
  limited ${runSeconds} insmod ${shellWord(modulePath(name))} "$@"
  echo "${word} loaded $status"
  echo "${word} took $((uptime - began))"
  case $status in 0) ;; late) stuck; return 1 ;; *) outlived; return 1 ;; esac`;
  const settle = `settle || echo '${word} time-limit'
  echo "${word} settled $settled"
  # Threads that stay until they are told to go were waited for once.
  [ "\${settled#* }" = 0 ] || patience=${cyclePatience}`;
  const unload = `echo '${word} unloading'
  [ -z "$traced" ] || echo 'lab3 unloading' >${instance}/trace_marker
  limited ${unloadSeconds} rmmod ${shellWord(name)}
  echo "${word} unloaded $status"
  case $status in 0) ;; late) stuck; return 1 ;; *) return 1 ;; esac`;
  const cycle = `cycle() {
  ${load}
  ${shape === 'early' ? '' : settle}
  ${unload}
}
`;
  const first = `cycle ${wordsOf(run.params)}`;
  const once = `${first} && outlived
`;
  const often = `count=0
went_well() {
  count=$((count + 1))
  echo "${word} cycle $count"
  printf '\\n${cycleMark(mark)}\\n' >/dev/console
}
if ${first}; then
  outlived
  went_well
  [ -z "$traced" ] || echo '${againMark}' >${instance}/trace_marker
  while [ $count -lt ${cycles} ] && cycle ${wordsOf(run.again)}; do went_well; done
  [ $count -lt ${cycles} ] || outlived
fi
`;
  return `${run.stays ? `patience=${staysPatience}\n` : ''}${startTracing}${limited}${remaining}${stuck}echo N >/sys/module/printk/parameters/time
old=' '
for folder in /proc/[0-9]*; do old="$old\${folder#/proc/} "; done
${shape === 'early' ? '' : settleFunction(runSeconds, 'old')}${cycle}${cycles > 0 ? often : once}${markScript(mark)}${readTrace}`;
}

const wordsOf = (params: RunScript['params']) =>
  Object.entries(params)
    .map(([key, value]) => shellWord(`${key}=${value}`))
    .join(' ');

/** Script and module in one. */
export function runBundle(
  run: RunScript,
  ko: Uint8Array,
): { readonly script: string; readonly input: Uint8Array } {
  return withFile(runScript(run), modulePath(run.name), ko);
}

/** After a run whose script had to be ended. */
export const afterScript = (mark: string) => `${markScript(mark)}traced=1\n${readTrace}`;

const readTrace = `echo '${word} trace'
[ -z "$traced" ] || dd if=${instance}/trace bs=65536 status=none
echo '${word} end'
`;
