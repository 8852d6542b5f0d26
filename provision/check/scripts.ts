/**
 * What a guest of a check is asked to do: POSIX shell for busybox. Unlike those of a plain run these scripts look at
 * the module's threads all the time, and go on when insmod or rmmod does not return.
 */
import { modulePath, quote } from '../run/scripts.ts';

/**
 * `look` prints a line for each kernel thread that came since `/run/tasks.before` was written, and `seen N RUNNING
 * TICKS`. Workers of the kernel's own pools come and go as they like.
 */
const look = `look() {
  cat /proc/[0-9]*/stat 2>/dev/null | awk '
    NR == FNR { old[$1] = 1; next }
    $1 in old { next }
    { rest = $0; sub(/^.*\\) /, "", rest); split(rest, field, " ")
      if (field[2] != 2 || $2 ~ /^\\(kworker/ || field[1] == "Z" || field[1] == "X") next
      name = $0; sub(/^[0-9]+ \\(/, "", name); sub(/\\) [A-Za-z] [0-9]+ .*$/, "", name)
      print "look", $1, field[1], field[37], name
      count++; if (field[1] == "R") running++; ticks += field[12] + field[13] }
    END { print "seen", count + 0, running + 0, ticks + 0 }' /run/tasks.before -
}
`;

/** Seconds since boot, in hundredths. */
const clock = `clock() { read -r now _ </proc/uptime; echo "\${now%.*}\${now#*.}"; }
`;

/** A command in the background; its exit status comes into /run/status, what it says into /run/said. */
const background = (command: string) => `rm -f /run/status
( ${command} >/run/said 2>&1; echo $? >/run/status.new; mv /run/status.new /run/status ) &
`;

/**
 * Loads the module and looks at its threads until they have gone, or have slept through ten looks. With \`early\` it
 * returns as soon as insmod does. The last line is \`ended\`, \`asleep\`, \`failed\` or \`late\`.
 */
export function watchScript(
  name: string,
  params: Readonly<Record<string, string>>,
  seconds: number,
  early: boolean,
): string {
  const words = Object.entries(params).map(([key, value]) => quote(`${key}=${value}`));
  const sections = `/sys/module/${name.replaceAll('-', '_')}/sections`;
  return `${look}${clock}
echo "pid $$"
printf '%s\\n' /proc/[0-9]* | cut -d/ -f3 >/run/tasks.before
end=$(( $(clock) + ${Math.ceil(seconds * 100)} ))
${background(`insmod ${quote(modulePath(name))} ${words.join(' ')}`)}
quiet=0 before='' known=''
while :; do
  [ -e /run/status ] && done=1 || done=''
  if [ -z "$known" ] && [ -e ${quote(sections)}/.text ]; then
    known=1
    (cd ${quote(sections)} && grep -s '' .*text* .data .bss .data.* .rodata)
  fi
  if [ -n "$done" ]; then
    read -r status </run/status
    [ "$status" -eq 0 ] || { cat /run/said; echo "status $status"; echo failed; exit 0; }
  ${early ? '  [ -n "$known" ] && { look; echo ended; exit 0; }' : ''}
  fi
  now=$(look)
  echo "$now"
  echo "time $(clock)"
  now=\${now##*seen }
  if [ -n "$done" ]; then
    case $now in
      "0 "*) echo ended; exit 0 ;;
      *" 0 "*) [ "$now" = "$before" ] && quiet=$((quiet + 1)) || quiet=0 ;;
      *) quiet=0 ;;
    esac
    [ $quiet -ge 10 ] && { echo asleep; exit 0; }
  fi
  before=$now
  [ "$(clock)" -ge $end ] && { echo late; exit 0; }
  usleep ${early ? 2000 : 20000}
done
`;
}

/** Unloads the module; then names the threads that are still there. The last line is `unloaded`, `failed` or `late`. */
export function unloadScript(name: string, seconds: number): string {
  return `${look}${clock}
end=$(( $(clock) + ${Math.ceil(seconds * 100)} ))
${background(`rmmod ${quote(name)}`)}
until [ -e /run/status ]; do
  [ "$(clock)" -ge $end ] && { echo late; exit 0; }
  usleep 10000
done
read -r status </run/status
[ "$status" -eq 0 ] || { cat /run/said; echo "status $status"; echo failed; exit 0; }
# A thread that has been stopped still needs a moment to end.
tries=0
while left=$(look | grep '^look '); do
  tries=$((tries + 1))
  [ $tries -lt 20 ] || { echo "$left" | sed 's/^look/outlived/'; break; }
  usleep 50000
done
for file in /sys/kernel/slab/kmalloc-*/validate; do
  [ -e "$file" ] && echo 1 >"$file"
done 2>/dev/null
echo unloaded
`;
}

/** Where each task of the module, insmod and rmmod stand; those on a CPU are shown in the kernel's log (sysrq l). */
export const stuckScript = `for stat in /proc/[0-9]*/stat; do
  read -r line <"$stat" || continue
  folder=\${stat%/stat}
  pid=\${folder#/proc/}
  case $line in
    *"(insmod)"* | *"(rmmod)"*) ;;
    *"(kworker"*) continue ;;
    *") "?" 2 "*) grep -qx "$pid" /run/tasks.before && continue ;;
    *) continue ;;
  esac
  echo "$line" | awk '{ rest = $0; sub(/^.*\\) /, "", rest); split(rest, field, " ")
    name = $0; sub(/^[0-9]+ \\(/, "", name); sub(/\\) [A-Za-z] [0-9]+ .*$/, "", name)
    print "task", $1, field[1], field[37], name }'
  cat "$folder/stack"
done 2>/dev/null
echo l >/proc/sysrq-trigger
usleep 300000
`;

/** Looks for memory that nothing points to: the first scan notes it, the second, 5 s after the last load, tells. */
export const firstScanScript = 'echo scan >/sys/kernel/debug/kmemleak';
export const secondScanScript = 'echo scan >/sys/kernel/debug/kmemleak && cat /sys/kernel/debug/kmemleak';
