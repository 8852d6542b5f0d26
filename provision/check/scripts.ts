/**
 * What a guest of a check is asked to do: POSIX shell for busybox. Unlike those of a plain run these scripts look at
 * the module's threads all the time, and go on when insmod or rmmod does not return.
 */
import { markScript, modulePath, quote } from '../run/scripts.ts';

/**
 * `look` prints a line for each kernel thread that came since `/run/tasks.before` was written, and `seen`; their number,
 * how many run and their CPU time come into `/run/seen`. Workers of the kernel's own pools come and go as they like.
 * One process does it all: to start one takes the checked kernel as long as thousands of steps of the module.
 */
const look = `look() {
  awk '
    function parts(line) { rest = line; sub(/^.*\\) /, "", rest); split(rest, field, " ")
      name = line; sub(/^[0-9]+ \\(/, "", name); sub(/\\) [A-Za-z] [0-9]+ .*$/, "", name) }
    BEGIN {
      while ((getline line <"/run/tasks.before") > 0) old[line] = 1
      for (at = 1; at < ARGC; at++) {
        split(ARGV[at], path, "/")
        pid = path[3]
        if (pid in old || (getline line <ARGV[at]) <= 0) continue
        parts(line)
        if (field[2] != 2 || name ~ /^kworker/ || field[1] == "Z" || field[1] == "X") continue
        print "look", pid, field[1], field[37], name
        count++; if (field[1] == "R") running++; ticks += field[12] + field[13]
      }
      print "seen"
      print count + 0, running + 0, ticks + 0 >"/run/seen"
    }' /proc/[0-9]*/stat
}
`;

/** `uptime` is then the time since boot in hundredths of a second. */
const clock = `clock() { read -r uptime _ </proc/uptime; uptime=\${uptime%.*}\${uptime#*.}; }
`;

/**
 * Of the accesses of a CPU KCSAN watches one in so many, for so many microseconds. Its own 4000 and 80 are meant for
 * weeks of a test machine, and a run of the lab is over in a second: with these it reports forty times as often, and
 * all that the kernel does takes longer too, so they hold only while the module's threads run.
 */
const kcsan = (skip: number, microseconds: number) => `echo ${skip} >/sys/module/kcsan/parameters/skip_watch
echo ${microseconds} >/sys/module/kcsan/parameters/udelay_task
`;
const keen = kcsan(500, 1000);
const usual = kcsan(4000, 80);

/** A soft lockup is one after twice as long. */
const watchdogSeconds = 4;

/** A command in the background; its exit status comes into /run/status, what it says into /run/said. */
const background = (command: string) => `rm -f /run/status
( ${command} >/run/said 2>&1; echo $? >/run/status.new; mv /run/status.new /run/status ) &
`;

/**
 * `stuck` says where each task of the module, insmod and rmmod stand: those that wait in lines of `/proc/PID/stack`,
 * those on a CPU in the kernel's log (sysrq l).
 */
const stuck = `stuck() {
  for stat in /proc/[0-9]*/stat; do
    read -r line <"$stat" || continue
    folder=\${stat%/stat}
    pid=\${folder#/proc/}
    case $line in
      *"(insmod)"* | *"(rmmod)"*) ;;
      *"(kworker"*) continue ;;
      *") "?" 2 "*) ! grep -qx "$pid" /run/tasks.before || continue ;;
      *) continue ;;
    esac
    echo "$line" | awk '{ rest = $0; sub(/^.*\\) /, "", rest); split(rest, field, " ")
      name = $0; sub(/^[0-9]+ \\(/, "", name); sub(/\\) [A-Za-z] [0-9]+ .*$/, "", name)
      print "task", $1, field[1], field[37], name }'
    cat "$folder/stack"
  done 2>/dev/null
  echo l >/proc/sysrq-trigger
  usleep 300000
}
`;

/** Once insmod is back: are there threads, and if all sleep, do they still when one looks again? */
const lookAgain = `look
    read -r count running ticks </run/seen
    if [ -n "$loaded" ]; then
      [ "$count" -ne 0 ] || { echo ended; return 0; }
      if [ "$running" -eq 0 ] && [ "$count $ticks" = "$before" ]; then quiet=$((quiet + 1)); else quiet=0; fi
      [ $quiet -lt 10 ] || { echo asleep; return 0; }
    fi
    before="$count $ticks"`;

/** What comes after the watch. */
const endings = {
  whole: `if watch; then
${usual}unload
fi`,
  // Threads are at work while the module goes: that is what is to be watched.
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
  /** A line for the console when all is over. */
  readonly mark: string;
}

/**
 * Loads the module and looks at its threads until they have gone, or have slept through ten looks; unloads it, and
 * names the threads that are still there. With `early` it is unloaded as soon as insmod has returned; a `fold` that
 * does not end in time is left as it is.
 *
 * One script for a whole run, because each call of the agent takes the checked kernel half a second. What it prints is
 * read by `readRun`; the words `ended`, `asleep`, `refused` and `late` end the loading, `unloaded`, `kept` and `stays`
 * the unloading.
 */
export function runScript({ name, params, watch, unload, shape, mark }: RunScript): string {
  const words = Object.entries(params).map(([key, value]) => quote(`${key}=${value}`));
  const sections = quote(`/sys/module/${name.replaceAll('-', '_')}/sections`);
  const early = shape === 'early';
  return `${look}${clock}${stuck}
echo ${watchdogSeconds} >/proc/sys/kernel/watchdog_thresh
echo "pid $$"
printf '%s\n' /proc/[0-9]* | cut -d/ -f3 >/run/tasks.before
watch() {
  clock
  end=$((uptime + ${Math.ceil(watch * 100)}))
  ${shape === 'fold' ? '' : keen}${background(`insmod ${quote(modulePath(name))} ${words.join(' ')}`)}
  quiet=0 before='' known='' loaded=''
  while :; do
    [ ! -e /run/status ] || { loaded=1; read -r status </run/status; }
    if [ -n "$loaded" ] && [ "$status" -ne 0 ]; then
      cat /run/said
      echo refused
      return 1
    fi
    if [ -z "$known" ] && [ -e ${sections}/.text ]; then
      known=1
      (cd ${sections} && grep -s '' .*text*)
    fi
    ${early ? '[ -z "$loaded" ] || { look; echo ended; return 0; }' : lookAgain}
    clock
    if [ $uptime -ge $end ]; then
      ${shape === 'fold' ? '' : 'stuck'}
      echo late
      [ -n "$loaded" ]
      return
    fi
    usleep ${early ? 1000 : 10000}
  done
}
unload() {
  echo unloading
  clock
  end=$((uptime + ${Math.ceil(unload * 100)}))
  ${background(`rmmod ${quote(name)}`)}
  until [ -e /run/status ]; do
    clock
    [ $uptime -lt $end ] || { stuck; echo stays; return; }
    usleep 10000
  done
  read -r status </run/status
  [ "$status" -eq 0 ] || { cat /run/said; echo kept; return; }
  # A thread that has been stopped still needs a moment to end.
  tries=0
  while look >/run/left && read -r count _ </run/seen && [ "$count" -ne 0 ]; do
    tries=$((tries + 1))
    [ $tries -lt 20 ] || { sed -n 's/^look/outlived/p' /run/left; break; }
    usleep 50000
  done
  for file in /sys/kernel/slab/kmalloc-*/validate; do
    [ ! -e "$file" ] || echo 1 >"$file"
  done 2>/dev/null
  echo unloaded
}
${endings[shape]}
${usual}${markScript(mark)}`;
}

/** Looks for memory that nothing points to: the first scan notes it, the second, 5 s after the last load, tells. */
export const firstScanScript = 'echo scan >/sys/kernel/debug/kmemleak';
export const secondScanScript = 'echo scan >/sys/kernel/debug/kmemleak && cat /sys/kernel/debug/kmemleak';
