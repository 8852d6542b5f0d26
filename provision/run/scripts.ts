/**
 * What the guest is asked to do for one run: POSIX shell for busybox. Each script is one call of the agent.
 * Nothing here tells the guest what to expect: expected values stay on this side.
 */

/** One shell word, whatever is in it. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

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
  const words = Object.entries(params).map(([key, value]) => quote(`${key}=${value}`));
  return `printf '\\033c\\033[?25l' >/dev/tty1
echo N >/sys/module/printk/parameters/time
printf '%s\\n' ${quote(`# ${insmodCommand(name, params)}`)} >/dev/tty1
printf '%s\\n' /proc/[0-9]* | cut -d/ -f3 >/run/tasks.before
insmod ${quote(modulePath(name))} ${words.join(' ')} 2>/run/insmod.said
status=$?
cat /run/insmod.said
[ $status -eq 0 ] || cat /run/insmod.said >/dev/tty1
exit $status
`;
}

/**
 * Waits until the threads that came with the module have gone, or until those that are left have slept through
 * ten looks in a row (a module may keep its threads until it is unloaded). Prints `most left`; exit status 1 when
 * `seconds` passed first. Works for any module: it looks at kernel threads, not at what the module says. Looking
 * costs CPU time that the threads want, so most looks only ask whether one known thread is still there.
 */
export function settleScript(seconds: number): string {
  return `end=$(( $(cut -d. -f1 /proc/uptime) + ${Math.ceil(seconds)} ))
most=0 quiet=0 before=''
look() {
  cat /proc/[0-9]*/stat 2>/dev/null | awk '
    NR == FNR { old[$1] = 1; next }
    $1 in old { next }
    { state = $0; sub(/^.*\\) /, "", state); split(state, field, " ")
      if (field[2] != 2 || $2 ~ /^\\(kworker/ || field[1] == "Z" || field[1] == "X") next
      count++; one = $1; if (field[1] == "R") running++; ticks += field[12] + field[13] }
    END { print count + 0, running + 0, ticks + 0, one + 0 }' /run/tasks.before -
}
while :; do
  now=$(look)
  set -- $now
  [ "$1" -gt "$most" ] && most=$1
  [ "$1" -eq 0 ] && { echo "$most 0"; exit 0; }
  if [ "$2" -eq 0 ] && [ "$now" = "$before" ]; then quiet=$((quiet + 1)); else quiet=0; fi
  [ $quiet -ge 10 ] && { echo "$most $1"; exit 0; }
  [ "$(cut -d. -f1 /proc/uptime)" -ge $end ] && { echo "$most $1"; exit 1; }
  before=$now
  naps=0
  while [ -d "/proc/$4" ] && [ $naps -lt 20 ]; do naps=$((naps + 1)); usleep 5000; done
done
`;
}

/** Unloads the module, with the command on the screen before the kernel's own lines. Exit status is rmmod's. */
export function unloadScript(name: string): string {
  return `printf '%s\\n' ${quote(`# rmmod ${name}`)} >/dev/tty1
rmmod ${quote(name)} 2>&1
`;
}

/** Writes a line that the host knows to the serial console, after everything that the kernel wrote before. */
export function markScript(mark: string): string {
  return `printf '\\n%s\\n' ${quote(mark)} >/dev/console
`;
}
