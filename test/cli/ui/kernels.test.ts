import { describe, expect, test } from 'vitest';
import { kernelsText } from '../../../cli/ui/kernels.ts';
import { styleFor } from '../../../cli/ui/style.ts';
import type { Terminal } from '../../../cli/ui/terminal.ts';
import { manifestOf } from '../../provision/kernel/stored-kernel.ts';

const terminal = { columns: 100 } as Terminal;
const style = styleFor({ color: false, unicode: true });
const kernel = (current: boolean) => ({
  manifest: manifestOf(Buffer.alloc(10), Buffer.alloc(20)),
  folder: 'somewhere',
  current,
});

describe('the list of kernels', () => {
  test('says which were made by another recipe, and what they are for', () => {
    const both = kernelsText([kernel(true), kernel(false)], terminal, style);
    const rows = both.split('\n').filter((line) => line.includes('6.12.117'));
    expect(rows).toEqual([expect.stringContaining('current'), expect.stringContaining('another')]);
    expect(both).toContain('is used where there\nis no current one');
    expect(kernelsText([kernel(true)], terminal, style)).not.toContain('another');
  });

  test('that is empty names both ways to one', () => {
    expect(kernelsText([], terminal, style)).toMatch(/lab3 kernel build.*lab3 kernel import FILE/);
  });
});
