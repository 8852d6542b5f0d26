/** The tool on a real pseudo-terminal, made by script(1), its screen kept by xterm's own emulator. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { Terminal as Emulator } from '@xterm/headless';
import { requirePart } from '../require.ts';
import { sharedCache } from '../shared-cache.ts';
import { mainFile } from './tool.ts';

/** util-linux's script(1) takes the command with -c; BSD's does not. */
export const hasTerminal = requirePart(
  'script(1)',
  process.platform === 'linux' && spawnSync('script', ['--version']).status === 0,
  'util-linux’s script makes the pseudo-terminal of these tests',
);

export interface Session {
  /** Lines on the screen now, without the empty ones at the end. */
  screen(): string[];
  /** Everything that was written, escape sequences and all. */
  raw(): string;
  /** Resolves when the screen matches. */
  waitFor(pattern: RegExp): Promise<void>;
  type(text: string): void;
  readonly ended: Promise<number | null>;
}

const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

export function openTerminal(
  args: readonly string[],
  options: {
    readonly cwd: string;
    readonly columns: number;
    readonly rows?: number;
    readonly env?: Readonly<Record<string, string>>;
  },
): Session {
  const { columns, rows = 24 } = options;
  const emulator = new Emulator({ cols: columns, rows, allowProposedApi: true, scrollback: 1000 });
  const command = [process.execPath, mainFile, ...args].map(quoted).join(' ');
  const child = spawn(
    'script',
    ['-qfec', `stty cols ${columns} rows ${rows}; exec ${command}`, '/dev/null'],
    {
      cwd: options.cwd,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        LAB3_MIRROR: process.env.LAB3_MIRROR,
        LANG: 'C.UTF-8',
        TERM: 'xterm-256color',
        LAB3_CACHE: sharedCache,
        ...options.env,
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  let raw = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    raw += text;
    emulator.write(text);
  });
  child.stdin.on('error', () => undefined);
  const timer = setTimeout(() => child.kill('SIGKILL'), 280_000);
  let over = false;
  const ended = once(child, 'close').then(async ([code]): Promise<number | null> => {
    clearTimeout(timer);
    await new Promise<void>((done) => emulator.write('', done));
    over = true;
    return code;
  });
  const screen = () => {
    const { active } = emulator.buffer;
    const lines = Array.from(
      { length: active.length },
      (_, at) => active.getLine(at)?.translateToString(true) ?? '',
    );
    while (lines.at(-1) === '') lines.pop();
    return lines;
  };
  return {
    screen,
    raw: () => raw,
    ended,
    type: (text) => void child.stdin.write(text),
    async waitFor(pattern) {
      while (!pattern.test(screen().join('\n'))) {
        if (over) throw new Error(`ended without ${pattern}:\n${screen().join('\n')}`);
        await new Promise((next) => setTimeout(next, 20));
      }
    },
  };
}
