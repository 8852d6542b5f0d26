/** The log of one command, kept in the cache: every event with its time, raw output and all. The last ten stay. */
import { createWriteStream } from 'node:fs';
import { access, constants, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Event } from '../lab/events.ts';
import { harmless } from './ui/text.ts';

const kept = 10;
/** A guest that floods its console must not fill the disk by way of the log. */
const limitBytes = 64 * 1024 * 1024;

export interface Log {
  readonly path: string;
  write(event: Event): void;
  line(text: string): void;
  close(): Promise<void>;
}

/** Nothing where the cache cannot be written: a log is no reason to stop the work. */
export async function openLog(cacheDir: string, command: string, now = new Date()): Promise<Log | undefined> {
  const folder = join(cacheDir, 'logs');
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    await forgetOld(folder);
  } catch {
    return undefined;
  }
  const stamp = now.toISOString().replace(/[-:]/g, '').replace(/\..*/, 'Z');
  const path = join(folder, `${stamp}-${process.pid}-${command}.log`);
  const stream = createWriteStream(path);
  stream.on('error', () => undefined);
  const started = performance.now();
  let written = 0;
  const line = (text: string) => {
    if (written > limitBytes) return;
    written += text.length;
    const seconds = ((performance.now() - started) / 1000).toFixed(3);
    stream.write(`${seconds.padStart(9)} ${harmless(text)}\n`);
    if (written > limitBytes) stream.write('the log is full; nothing more is kept\n');
  };
  line(`lab3 ${command}, ${now.toISOString()}, Node ${process.version}, ${process.platform} ${process.arch}`);
  return {
    path,
    line,
    write: (event) => {
      const text = asLine(event);
      if (text !== undefined) line(text);
    },
    close: () => new Promise((done) => (stream.destroyed ? done() : stream.end(() => done()))),
  };
}

function asLine(event: Event): string | undefined {
  switch (event.type) {
    case 'step.start':
      return `${event.step} start${event.parent ? ` (in ${event.parent})` : ''}: ${event.title}`;
    case 'step.note':
      return `${event.step} note: ${event.text}`;
    case 'step.progress':
    case 'step.cells':
      return undefined;
    case 'step.end':
      return `${event.step} ${event.status} after ${Math.round(event.elapsedMs)} ms${event.summary ? `: ${event.summary}` : ''}`;
    case 'output':
      return `${event.source}| ${event.text.replace(/\n$/, '').replaceAll('\n', `\n          ${event.source}| `)}`;
    case 'warning':
      return `warning: ${event.text}`;
  }
}

/** Makes room for one more. Names begin with the time, so the oldest sort first. */
async function forgetOld(folder: string): Promise<void> {
  const logs = (await readdir(folder)).filter((name) => name.endsWith('.log')).sort();
  for (const name of logs.slice(0, Math.max(0, logs.length - kept + 1)))
    await rm(join(folder, name), { force: true }).catch(() => undefined);
}
