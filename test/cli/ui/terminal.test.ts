import { describe, expect, it } from 'vitest';
import { readTerminal } from '../../../cli/ui/terminal.ts';

const tty = { isTTY: true, columns: 100 };
const pipe = {};
const utf8 = { LANG: 'C.UTF-8', TERM: 'xterm-256color' };
const at = (parts: Partial<Parameters<typeof readTerminal>[0]> = {}) =>
  readTerminal({ platform: 'linux', env: utf8, stdin: tty, stdout: tty, stderr: tty, ...parts });

describe('questions', () => {
  it('are asked only where both ends are terminals', () => {
    expect(at().interactive).toBe(true);
    expect(at({ stdin: pipe }).interactive).toBe(false);
    expect(at({ stdout: pipe }).interactive).toBe(false);
  });

  it('are never asked by a machine that builds, nor on a terminal that cannot move its cursor', () => {
    expect(at({ env: { ...utf8, CI: 'true' } }).interactive).toBe(false);
    expect(at({ env: { ...utf8, TERM: 'dumb' } }).interactive).toBe(false);
  });
});

describe('colour', () => {
  it('follows the terminal, NO_COLOR, FORCE_COLOR and the flag, the later over the earlier', () => {
    expect(at().color).toBe(true);
    expect(at({ stdout: pipe }).color).toBe(false);
    expect(at({ env: { ...utf8, NO_COLOR: '1' } }).color).toBe(false);
    expect(at({ env: { ...utf8, NO_COLOR: '' } }).color).toBe(true);
    expect(at({ stdout: pipe, env: { ...utf8, FORCE_COLOR: '1' } }).color).toBe(true);
    expect(at({ env: { ...utf8, FORCE_COLOR: '0' } }).color).toBe(false);
    expect(at({ env: { ...utf8, FORCE_COLOR: '1' }, color: false }).color).toBe(false);
  });
});

describe('width', () => {
  it('is that of the terminal, else of COLUMNS, else 80', () => {
    expect(at({ stderr: { isTTY: true, columns: 40 } }).columns).toBe(40);
    expect(at({ stdout: pipe, stderr: pipe, env: { ...utf8, COLUMNS: '60' } }).columns).toBe(60);
    expect(at({ stdout: pipe, stderr: pipe }).columns).toBe(80);
    expect(at({ stdout: pipe, stderr: { isTTY: true, columns: 0 } }).columns).toBe(80);
  });
});

it('breaks no lines of progress that goes into a file', () => {
  expect(at().endless).toBe(false);
  expect(at({ stderr: pipe }).endless).toBe(true);
  expect(at({ stderr: pipe, env: { ...utf8, COLUMNS: '40' } }).endless).toBe(false);
});

describe('glyphs', () => {
  it('need UTF-8', () => {
    expect(at().unicode).toBe(true);
    expect(at({ env: { LANG: 'C' } }).unicode).toBe(false);
    expect(at({ env: {} }).unicode).toBe(false);
    expect(at({ env: { LANG: 'en_GB.UTF-8', LC_ALL: 'POSIX' } }).unicode).toBe(false);
    expect(at({ env: { LANG: 'C.UTF-8', TERM: 'linux' } }).unicode).toBe(false);
    expect(at({ platform: 'darwin', env: {} }).unicode).toBe(true);
  });

  it('are not for the old Windows console', () => {
    expect(at({ platform: 'win32', env: {} }).unicode).toBe(false);
    expect(at({ platform: 'win32', env: { WT_SESSION: 'x' } }).unicode).toBe(true);
    expect(at({ platform: 'win32', env: { TERM_PROGRAM: 'vscode' } }).unicode).toBe(true);
  });
});
