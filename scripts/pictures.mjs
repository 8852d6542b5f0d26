// Makes the README's pictures from a real `lab3 setup`: docs/img/terminal.svg from what a terminal of 80 columns
// shows, docs/img/report.png from report.html in a browser. Needs `npm run build`, script(1) and Chromium.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import xterm from '@xterm/headless';
import { chromium } from 'playwright-core';

const top = fileURLToPath(new URL('..', import.meta.url));
const [columns, rows] = [80, 60];
const palette = ['#1e1e2e', '#f38ba8', '#a6e3a1', '#f9e2af', '#89b4fa', '#cba6f7', '#94e2d5', '#cdd6f4'];
const bright = ['#7f849c', ...palette.slice(1)];

/** Runs the tool on a terminal of its own and answers the screen as it stands at the end. */
async function record(folder) {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: false });
  const command = `stty cols ${columns} rows ${rows}; exec node ${join(top, 'dist', 'main.js')} setup --yes`;
  const { CI: _, NO_COLOR: __, ...env } = process.env;
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    cwd: folder,
    env: { ...env, TERM: 'xterm-256color', COLORTERM: 'truecolor' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const chunk of child.stdout) await new Promise((done) => terminal.write(chunk, done));
  return terminal;
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

function colour(cell) {
  if (cell.isFgPalette()) {
    const index = cell.getFgColor();
    return index < 8 ? palette[index] : index < 16 ? bright[index - 8] : palette[7];
  }
  if (cell.isFgRGB()) return `#${cell.getFgColor().toString(16).padStart(6, '0')}`;
  return cell.isDim() ? bright[0] : palette[7];
}

function toSvg(terminal) {
  const buffer = terminal.buffer.active;
  const lines = [];
  for (let row = 0; row < buffer.length; row += 1) {
    const line = buffer.getLine(row);
    const spans = [];
    for (let column = 0; column < columns; column += 1) {
      const cell = line?.getCell(column);
      if (!cell) continue;
      const style = `${cell.isDim() ? bright[0] : colour(cell)}${cell.isBold() ? ' bold' : ''}`;
      const last = spans.at(-1);
      const text = cell.getChars() || ' ';
      if (last?.style === style) last.text += text;
      else spans.push({ style, text, column });
    }
    lines.push(spans);
  }
  while (lines.length > 0 && lines.at(-1).every(({ text }) => text.trim() === '')) lines.pop();
  const [width, height] = [8.4, 18];
  // A group of words is placed by its own column: SVG would fold the wide gaps of a table.
  const body = lines.flatMap((spans, row) =>
    spans.flatMap(({ style, text, column }) =>
      [...text.matchAll(/\S+(?: \S+)*/g)].map((match) => {
        const [words] = match;
        const [fill, bold] = style.split(' ');
        const x = (16 + (column + match.index) * width).toFixed(1);
        const length = (words.length * width).toFixed(1);
        return `<text x="${x}" y="${(row + 1) * height + 10}" fill="${fill}" textLength="${length}"${bold ? ' font-weight="bold"' : ''}>${escaped(words)}</text>`;
      }),
    ),
  );
  const [w, h] = [columns * width + 32, lines.length * height + 28];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" xml:space="preserve"><rect width="${w}" height="${h}" rx="8" fill="${palette[0]}"/>\n${body.join('\n')}\n</svg>\n`;
}

const folder = await mkdtemp(join(tmpdir(), 'lab3-pictures-'));
try {
  const terminal = await record(folder);
  await mkdir(join(top, 'docs', 'img'), { recursive: true });
  await writeFile(join(top, 'docs', 'img', 'terminal.svg'), toSvg(terminal));
  const browser = await chromium.launch({
    executablePath: process.env.LAB3_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  const page = await browser.newPage({ viewport: { width: 1100, height: 1400 } });
  await page.goto(pathToFileURL(join(folder, 'lab3-report', 'report.html')).href);
  await page.screenshot({ path: join(top, 'docs', 'img', 'report.png') });
  await browser.close();
} finally {
  await rm(folder, { recursive: true, force: true });
}
