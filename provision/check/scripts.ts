/**
 * What a guest of a check is asked to do: POSIX shell for busybox. Unlike those of a plain run these scripts look at
 * the module's threads all the time, and go on when insmod or rmmod does not return.
 */
import { areAsleep, markScript, modulePath, notAsleep, staysPatience } from '../run/scripts.ts';
import { shellWord } from '../shell-word.ts';

/** `nap SECONDS` and `clock`, the time since boot in hundredths of a second, start no process: a fifo has no writer. */
const clock = `[ -p /run/never ] || mkfifo /run/never
exec 4<>/run/never
nap() { read -r -t "$1" _ <&4; }
clock() { read -r uptime _ </proc/uptime; uptime=\${uptime%.*}\${uptime#*.}; }
`;

/**
 * `look WORD` notes in `tasks` a line with the word for each kernel thread that is not in `old`; counts them, those that
 * run, and their CPU time. Workers of the kernel's own pools come and go as they like. The shell does it all: to start a
 * process takes the checked kernel as long as thousands of steps of the module.
 */
const look = `look() {
  word=$1 tasks='' count=0 running=0 ticks=0
  for folder in /proc/[0-9]*; do
    pid=\${folder#/proc/}
    case $old in *" $pid "*) continue ;; esac
    read -r stat <"$folder/stat" || continue
    name=\${stat#*(}
    name=\${name%) *}
    set -- \${stat##*) }
    case $name in kworker*) old="$old$pid "; continue ;; esac
    [ "$2" -eq 2 ] || { old="$old$pid "; continue; }
    case $1 in Z | X) continue ;; R) running=$((running + 1)) ;; esac
    count=$((count + 1)) ticks=$((ticks + \${12} + \${13}))
    tasks="$tasks$word $pid $1 \${37} $name
"
  done 2>/dev/null
}
`;

/**
 * Of the plain accesses of a CPU KCSAN watches one in so many, for so many microseconds at most, and before one in so many
 * atomic ones it pauses as long (provision/kernel/build.sh); 0 for none. Its own 4000 and 80 are meant for weeks of a test
 * machine, and a run of the lab is over in a second. The module takes as much longer, so the first hold only while its
 * threads are to be watched. A watch need not be long where vCPUs take turns: who waits gives the other its turn.
 */
const kcsan = (plain: number, atomic: number, microseconds: number) => `kcsan=/sys/module/kcsan/parameters
[ ! -d $kcsan ] || {
  echo ${plain} >$kcsan/skip_watch
  echo ${microseconds} >$kcsan/udelay_task
  # A kernel of an older recipe has none.
  [ ! -e $kcsan/skip_atomic ] || echo ${atomic} >$kcsan/skip_atomic
}
`;
const keen = kcsan(250, 250, 100);
const usual = kcsan(4000, 0, 80);

/** A soft lockup is one after twice as long. */
const watchdogSeconds = 4;
/**
 * A stall of RCU is one after 5 more, where the kernel checks locks: after the soft lockup, whose clock its report would set
 * back.
 */
const rcuSeconds = 6;

/** `$$` is the agent's: a script is a subshell of its. */
const ownPid = 'read -r self _ </proc/self/stat\n';

/**
 * Who unloads a module while its threads are at work has to wait for a processor, as they do; so half of an early run was its
 * shell's turn to come. Threads are children of kthreadd, and are as urgent as ever.
 */
const goFirst = 'renice -n -10 -p $self >/dev/null 2>&1\n';

/** A command in the background; its exit status comes into /run/status, what it says into /run/said. */
const background = (command: string) => `: >/run/status
  ( ${command} >/run/said 2>&1; echo $? >/run/status ) 4<&- &
`;

/**
 * `stuck` says where each task of the module, insmod and rmmod stand: those that wait in lines of `/proc/PID/stack`,
 * those on a CPU in the kernel's log (sysrq l).
 */
const stuck = `stuck() {
  for folder in /proc/[0-9]*; do
    pid=\${folder#/proc/}
    read -r stat <"$folder/stat" || continue
    name=\${stat#*(}
    name=\${name%) *}
    set -- \${stat##*) }
    case $name in
      insmod | rmmod) ;;
      kworker*) continue ;;
      *) [ "$2" -eq 2 ] || continue; case $old in *" $pid "*) continue ;; esac ;;
    esac
    echo "task $pid $1 \${37} $name"
    dd if="$folder/stack" status=none
  done 2>/dev/null
  echo l >/proc/sysrq-trigger
  nap 0.3
}
`;

/** Once insmod is back: are there threads, and if all sleep, do they still when one looks again? */
const lookAgain = `look look
    printf '%sseen\\n' "$tasks"
    if [ -n "$loaded" ]; then
      [ "$count" -ne 0 ] || { echo ended; return 0; }
      clock
      ${areAsleep}
      [ -z "$asleep" ] || { echo asleep; return 0; }
      # Where nothing runs, a look now and then is enough.
      pause=0.01
      [ "$running" -ne 0 ] || [ -z "$since" ] || [ $((uptime - since)) -lt 30 ] || pause=0.1
    fi`;

/**
 * A loop that the compiler folded is over before anybody looks twice. Looks are counted, not seconds: on a computer that does
 * much else they have to wait for their turn just as threads do.
 */
const busyLooks = 40;
const untilBusy = `
    [ "$running" -eq 0 ] || busy=$((busy + 1))
    [ $busy -lt ${busyLooks} ] || end=0`;

/** Freed memory is looked at when it is given out again; this looks at all of it, which takes a second. */
const searchSlabs = `for file in /sys/kernel/slab/kmalloc-*/validate; do
    [ ! -e "$file" ] || echo 1 >"$file"
  done 2>/dev/null
  `;

/** What comes after the watch. */
const endings = {
  whole: `if watch; then
${usual}unload
fi`,
  // Threads are at work while the module goes: that is what is to be watched closely.
  early: 'watch && unload',
  fold: 'watch && [ "$count" -eq 0 ] && unload',
};

export interface RunScript {
  readonly name: string;
  readonly params: Readonly<Record<string, string>>;
  /** How long loading and the threads may take, in seconds. */
  readonly watch: number;
  readonly unload: number;
  readonly shape: 'whole' | 'early' | 'fold';
  /** Whether its threads are known to stay, at rest, until they are told to go: then less is waited to see it. */
  readonly stays?: boolean;
  /** Whether to look for damage in memory that nobody has asked for since. */
  readonly validate: boolean;
  /** A line for the console when all is over. */
  readonly mark: string;
}

/**
 * Loads the module and looks at its threads until they have gone, or are asleep; unloads it, and
 * names the threads that are still there. With `early` it is unloaded as soon as insmod has returned; a `fold` that
 * does not end in time is left as it is.
 *
 * One script for a whole run, because each call of the agent takes the checked kernel half a second. What it prints is
 * read by `readRun`; the words `ended`, `asleep`, `refused`, `late` and `loads` end the loading, `unloaded`, `kept` and `stays`
 * the unloading.
 */
export function runScript(run: RunScript): string {
  const { name, params, watch, unload, shape, stays, validate, mark } = run;
  const words = Object.entries(params).map(([key, value]) => shellWord(`${key}=${value}`));
  const sections = shellWord(`/sys/module/${name.replaceAll('-', '_')}/sections`);
  const early = shape === 'early';
  return `${ownPid}${early ? goFirst : ''}${stays ? `patience=${staysPatience}\n` : ''}${clock}${look}${stuck}
echo ${watchdogSeconds} >/proc/sys/kernel/watchdog_thresh
echo ${rcuSeconds} >/sys/module/rcupdate/parameters/rcu_cpu_stall_timeout
echo "pid $self"
old=' '
for folder in /proc/[0-9]*; do old="$old\${folder#/proc/} "; done
watch() {
  clock
  end=$((uptime + ${Math.ceil(watch * 100)}))
  ${shape === 'fold' ? '' : keen}${background(`insmod ${shellWord(modulePath(name))} ${words.join(' ')}`)}
  ${notAsleep} seen='' loaded='' busy=0 pause=0.01
  while :; do
    [ ! -s /run/status ] || { loaded=1; read -r status </run/status; }
    if [ -n "$loaded" ] && [ "$status" -ne 0 ]; then
      dd if=/run/said status=none
      echo refused
      return 1
    fi
    # Early, for a load that hangs or dies; once more when all of it is there.
    if [ "$seen" != "x$loaded" ] && [ -d ${sections} ]; then
      seen="x$loaded"
      # The shell reads byte by byte, which these files refuse.
      (cd ${sections} && grep -sH '' .*text*)
    fi
    ${early ? '[ -z "$loaded" ] || { look look; printf "%sseen\\n" "$tasks"; echo ended; return 0; }' : lookAgain}${shape === 'fold' ? untilBusy : ''}
    clock
    if [ $uptime -ge $end ]; then
      ${shape === 'fold' ? '' : 'stuck'}
      [ -n "$loaded" ] || { echo loads; return 1; }
      echo late
      # What the kernel calls stuck will not be unloaded either.
      ! dmesg | grep -qE 'soft lockup - CPU#|hard LOCKUP on cpu|rcu: INFO: rcu_[a-z]+ (self-)?detected'
      return
    fi
    nap ${early ? 0.001 : '$pause'}
  done
}
unload() {
  echo unloading
  clock
  end=$((uptime + ${Math.ceil(unload * 100)}))
  ${background(`rmmod ${shellWord(name)}`)}
  until [ -s /run/status ]; do
    clock
    [ $uptime -lt $end ] || { stuck; echo stays; return; }
    nap 0.005
  done
  ${usual}read -r status </run/status
  [ "$status" -eq 0 ] || { dd if=/run/said status=none; echo kept; return; }
  # A thread that has been stopped still needs a moment to end.
  tries=0
  while look outlived && [ "$count" -ne 0 ]; do
    tries=$((tries + 1))
    [ $tries -lt 20 ] || { printf '%s' "$tasks"; break; }
    nap 0.05
  done
  ${validate ? searchSlabs : ''}echo unloaded
}
${endings[shape]}
${usual}${markScript(mark)}`;
}

/**
 * Prints memory that nothing points to. kmemleak reports nothing that is younger than 5 s, by the guest's clock: an emulated
 * one may go slower than ours. Our kernels can be told less, and where the module has gone nothing is at work whose memory
 * would only seem to be lost: 0.8 s (200 ticks) are left for what a grace period of RCU frees. Nor is anything written to any
 * more, which other kernels need a scan before the one for.
 */
export const leakScript = `${clock}kmemleak=/sys/kernel/debug/kmemleak
parameters=/sys/module/kmemleak/parameters
age=520
[ ! -e $parameters/jiffies_min_age ] || { echo 200 >$parameters/jiffies_min_age; age=100; }
clock
end=$((uptime + age))
if [ -e $parameters/settled ]; then echo Y >$parameters/settled; else echo scan >$kmemleak; fi
while clock; left=$((end - uptime)); [ $left -gt 0 ]; do nap $((left / 100)).$((left / 10 % 10))5; done
echo scan >$kmemleak && dd if=$kmemleak bs=65536 status=none`;
