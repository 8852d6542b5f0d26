/** What the terminal at the other end can do. Read once, passed on as a value, so that tests can say "40 columns". */

export interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Terminal {
  /** Somebody sits there: both ends are terminals, so a question can be asked and answered. */
  readonly interactive: boolean;
  /** Progress (stderr) may be drawn over itself. */
  readonly live: boolean;
  readonly columns: number;
  /** Nobody said how wide: progress goes to a file or a pipe, where lines are not broken. */
  readonly endless: boolean;
  readonly color: boolean;
  readonly unicode: boolean;
  /** What was typed to get here, and will be typed again. */
  readonly program: 'lab3' | 'npx lab3';
}

interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Stream;
  readonly stdout: Stream;
  readonly stderr: Stream;
  /** False after `--no-color`. */
  readonly color?: boolean;
}

const defaultColumns = 80;
/** Below this nothing can be laid out; a terminal that says 0 columns (some CI) has not been told. */
const fewestColumns = 20;

export function readTerminal(from: Surroundings): Terminal {
  const dumb = from.env.TERM === 'dumb';
  const columns = [from.stderr.columns, from.stdout.columns, Number(from.env.COLUMNS)].find(
    (width) => width !== undefined && Number.isInteger(width) && width > 0,
  );
  const inCi = isSet(from.env.CI);
  return {
    interactive: Boolean(from.stdin.isTTY && from.stdout.isTTY) && !dumb && !inCi,
    live: Boolean(from.stderr.isTTY) && !dumb && !inCi,
    columns: Math.max(fewestColumns, columns ?? defaultColumns),
    endless: !from.stderr.isTTY && !isSet(from.env.COLUMNS),
    color: hasColor(from, dumb),
    unicode: hasUnicode(from.platform, from.env),
    // npm says so to what `npx` starts; a shell in which `lab3` was installed does not have it.
    program: from.env.npm_command === 'exec' ? 'npx lab3' : 'lab3',
  };
}

/** NO_COLOR and FORCE_COLOR as no-color.org and force-color.org put them; a flag beats both. */
function hasColor(from: Surroundings, dumb: boolean): boolean {
  if (from.color === false) return false;
  if (isSet(from.env.NO_COLOR)) return false;
  const forced = from.env.FORCE_COLOR;
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return Boolean(from.stdout.isTTY && from.stderr.isTTY) && !dumb;
}

/** The old Windows console and a C locale have no glyphs for ticks and bars. */
function hasUnicode(platform: NodeJS.Platform, env: Surroundings['env']): boolean {
  if (platform === 'win32')
    return (
      isSet(env.WT_SESSION) ||
      isSet(env.TERMINUS_SUBLIME) ||
      env.TERM_PROGRAM === 'vscode' ||
      env.ConEmuTask === '{cmd::Cmder}' ||
      /^(xterm|rxvt|alacritty)/.test(env.TERM ?? '')
    );
  if (env.TERM === 'linux') return false;
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG;
  // macOS terminals are UTF-8 whether or not a locale is exported.
  if (!locale) return platform === 'darwin';
  return /utf-?8/i.test(locale);
}

const isSet = (value: string | undefined): boolean => value !== undefined && value !== '';
