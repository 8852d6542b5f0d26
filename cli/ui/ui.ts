/** The terminal as the rest of cli/ sees it. Progress, questions and errors go to stderr, results to stdout. */
import type { Emit, Event } from '../../lab/events.ts';
import { plainRenderer } from './plain.ts';
import type { Renderer } from './renderer.ts';
import { type Style, styleFor } from './style.ts';
import { readTerminal, type Terminal } from './terminal.ts';

export interface UiOptions {
  readonly json: boolean;
  readonly verbose: boolean;
  /** False after `--no-color`. */
  readonly color: boolean;
}

export interface Ui {
  readonly terminal: Terminal;
  readonly style: Style;
  readonly options: UiOptions;
  /** Draws an event of the engine. */
  readonly emit: Emit;
  /** A line for the person that is no result: stderr. */
  tell(text: string): void;
  /** The result: stdout. */
  print(text: string): void;
  /** Ends the progress picture; what follows is written below it. Safe to call twice. */
  settle(): Promise<void>;
}

export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

export function makeUi(
  options: UiOptions,
  streams: Streams,
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
): Ui {
  const terminal = readTerminal({ platform, env, ...streams, color: options.color });
  const style = styleFor(terminal);
  const parts = {
    terminal,
    style,
    verbose: options.verbose,
    write: (text: string) => void streams.stderr.write(text),
  };
  const live = terminal.live && !options.verbose && !options.json;
  const queue: Event[] = [];
  let renderer: Renderer | undefined = live ? undefined : plainRenderer(parts);
  let loading: Promise<void> | undefined;

  /** listr2 takes a tenth of a second to load: only a command that has something to draw pays for it. */
  async function load(): Promise<void> {
    const { liveRenderer } = await import('./live.ts');
    renderer = liveRenderer(parts, streams);
    for (const event of queue.splice(0)) renderer.handle(event);
  }

  return {
    terminal,
    style,
    options,
    emit(event) {
      if (renderer) renderer.handle(event);
      else {
        queue.push(event);
        loading ??= load();
      }
    },
    tell: (text) => void streams.stderr.write(text.endsWith('\n') ? text : `${text}\n`),
    print: (text) => void streams.stdout.write(text.endsWith('\n') ? text : `${text}\n`),
    async settle() {
      await loading;
      await renderer?.close();
      // What comes after gets a picture of its own.
      if (live) {
        renderer = undefined;
        loading = undefined;
      }
    },
  };
}
