/**
 * What the guest is asked to do for one run: POSIX shell for busybox. Each script is one call of the agent.
 * Nothing here tells the guest what to expect: expected values stay on this side.
 */
import { shellWord } from '../shell-word.ts';

export const modulePath = (name: string) => `/run/${name}.ko`;

/** The command as a person would type it; also what the screenshot shows. */
export function insmodCommand(name: string, params: Readonly<Record<string, string>>): string {
  return ['insmod', `${name}.ko`, ...Object.entries(params).map(([key, value]) => `${key}=${value}`)].join(
    ' ',
  );
}

/**
 * Clears the screen, notes which tasks exist, loads the module. Exit status is insmod's. Times of the kernel's log
 * are off meanwhile: with them a result line is wider than the screen that the picture is taken of.
 * The note is what lets `settle` tell the module's threads from the kernel's own.
 */
export function loadScript(name: string, params: Readonly<Record<string, string>>): string {
  const words = Object.entries(params).map(([key, value]) => shellWord(`${key}=${value}`));
  return `printf '\\033c\\033[?25l' >/dev/tty1
echo N >/sys/module/printk/parameters/time
printf '%s\\n' ${shellWord(`# ${insmodCommand(name, params)}`)} >/dev/tty1
for folder in /proc/[0-9]*; do echo "\${folder#/proc/}"; done >/run/tasks.before
insmod ${shellWord(modulePath(name))} ${words.join(' ')} 2>/run/insmod.said
status=$?
[ ! -s /run/insmod.said ] || cat /run/insmod.said
[ $status -eq 0 ] || cat /run/insmod.said >/dev/tty1
exit $status
`;
}

export const notAsleep = "asleep='' since='' from=0 known=0";
/** `patience` with threads that an earlier run has seen to stay. */
export const staysPatience = 100;

/**
 * Sets `asleep` when `count` threads, none of which runs in this look, have used no tick of the processors for a second, or
 * next to none for four: who looks every few ms whether to stop needs one now and then. `ticks` and `uptime` are in hundredths
 * of a second, and so is `patience`, which may be set to have less of it.
 */
export const areAsleep = `if [ $running -eq 0 ]; then
    span=$((uptime - \${since:-0})) grown=$((ticks - from))
    if [ -z "$since" ] || [ $count -ne $known ]; then since=$uptime from=$ticks known=$count
    elif [ $grown -eq 0 ]; then [ $span -lt $((\${patience:-400} / 4)) ] || asleep=1
    elif [ $span -ge \${patience:-400} ]; then
      [ $((grown * 12)) -gt $span ] || asleep=1
      since=$uptime from=$ticks
    fi
  fi`;

/**
 * Waits until the threads that came with the module have gone, or until those that are left are asleep (a module may keep
 * its threads until it is unloaded). Prints `most left`; exit status 1 when
 * `seconds` passed first. Works for any module: it looks at kernel threads, not at what the module says.
 *
 * Looking costs CPU time that the threads want, and in an emulated machine every process costs 10 ms and every
 * `/proc/PID/stat` 3: the shell does all of it itself, looks at a task once to know what it is, and at most looks only
 * asks whether one known thread is still there. A fifo that nobody writes to is what it sleeps on.
 */
export function settleScript(seconds: number): string {
  const read = `old=' '
while read -r pid; do old="$old$pid "; done </run/tasks.before
`;
  return `${read}${settle(seconds, (status) => `echo "$most $count"; exit ${status}`)}`;
}

/**
 * The same as a function that sets `settled`, since a subshell is a process.
 *
 * @param old a variable with the pids of the tasks before, each between spaces, which also spares the shell a call of the kernel
 * for each of their digits
 */
export function settleFunction(seconds: number, old: string): string {
  return `settle() {
local old="$${old}" count end
${settle(seconds, (status) => `settled="$most $count"; return ${status}`)}}
`;
}

function settle(seconds: number, end: (status: 0 | 1) => string): string {
  return `read -r now _ </proc/uptime
end=$(( \${now%.*} + ${Math.ceil(seconds)} ))
threads='' most=0 ${notAsleep}
[ -p /run/never ] || mkfifo /run/never
exec 4<>/run/never
while :; do
  for folder in /proc/[0-9]*; do
    pid=\${folder#/proc/}
    case $old in *" $pid "*) continue ;; esac
    old="$old$pid "
    read -r stat 2>/dev/null <"$folder/stat" || continue
    case $stat in "$pid (kworker"*) continue ;; esac
    set -- \${stat##*) }
    [ "$2" -ne 2 ] || threads="$threads $pid"
  done
  left='' count=0 running=0 ticks=0 one=''
  for pid in $threads; do
    [ -d "/proc/$pid" ] || continue
    left="$left $pid" count=$((count + 1)) one=$pid
    [ $running -eq 0 ] || continue
    read -r stat 2>/dev/null <"/proc/$pid/stat" || continue
    set -- \${stat##*) }
    [ "$1" != R ] || running=1
    ticks=$((ticks + \${12} + \${13}))
  done
  threads=$left
  [ $count -gt $most ] && most=$count
  [ $count -eq 0 ] && { ${end(0)}; }
  read -r now _ </proc/uptime
  uptime=\${now%.*}\${now#*.}
  ${areAsleep}
  [ -z "$asleep" ] || { ${end(0)}; }
  [ "\${now%.*}" -ge $end ] && { ${end(1)}; }
  # Where nothing runs, a look now and then is enough.
  if [ $running -eq 0 ] && [ -n "$since" ] && [ $((uptime - since)) -ge 30 ]; then
    read -r -t 0.1 _ <&4
    continue
  fi
  naps=0
  while [ -d "/proc/$one" ] && [ $naps -lt 20 ]; do naps=$((naps + 1)); read -r -t 0.005 _ <&4; done
done
`;
}

/**
 * Unloads the module, with the command on the screen before the kernel's own lines, then writes the mark. Exit status
 * is rmmod's.
 */
export function unloadScript(name: string, mark: string): string {
  return `printf '%s\\n' ${shellWord(`# rmmod ${name}`)} >/dev/tty1
rmmod ${shellWord(name)} 2>&1
status=$?
${markScript(mark)}exit $status
`;
}

/** Writes a line that the host knows to the serial console, after everything that the kernel wrote before. */
export function markScript(mark: string): string {
  return `printf '\\n%s\\n' ${shellWord(mark)} >/dev/console
`;
}

/**
 * A script that finds a file at `path`, both in one call of the agent: the first that an emulated machine does costs it most.
 * The shell reads no further than `exit`, and the file begins behind it.
 */
export function withFile(
  script: string,
  path: string,
  content: Uint8Array,
): { readonly script: string; readonly input: Uint8Array } {
  const head = Buffer.from(`${script}exit\n`);
  const unpack = `dd if=/run/lab3/input of=${shellWord(path)} bs=65536 skip=${head.length} iflag=skip_bytes status=none`;
  return {
    script: `${unpack}\nexec </dev/null\n. /run/lab3/input`,
    input: Buffer.concat([head, content]),
  };
}
