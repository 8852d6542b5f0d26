import { describe, expect, it } from 'vitest';
import { gdbScript, type ScriptParts } from '../../../provision/debug/script.ts';

const parts: ScriptParts = {
  arch: 'amd64',
  port: 4321,
  module: 'ab',
  places: {
    sections: [
      { name: '.text', symbol: 1, offset: 0n },
      { name: '.bss', symbol: 7, offset: 16n },
    ],
    textSize: 100,
    nameOffset: 24,
    debugInfo: true,
  },
  doInitModule: 0xffffffff81000000n,
  createThread: 0xffffffff81000100n,
  kernelSymbols: 'C:/a user/kernel.elf',
  ko: 'C:/a user/ab.ko',
  sources: [['/build/ab', 'C:/a "b" c']],
};

describe('the script for gdb', () => {
  it('goes to the port on loopback and places each section', () => {
    const script = gdbScript(parts);
    expect(script).toContain('target remote 127.0.0.1:4321\n');
    expect(script).toContain('add-symbol-file "C:/a user/ab.ko" $lab3_section_0 -s .bss $lab3_section_1\n');
    expect(script).toContain('$lab3_section_1 = (unsigned long) $lab3_table[7].st_value - 16\n');
  });

  it('waits for this module alone', () => {
    expect(gdbScript(parts)).toContain(
      'hbreak *0xffffffff81000000 if *(char *)($rdi + 24) == 97 && *(char *)($rdi + 25) == 98 && *(char *)($rdi + 26) == 0\n',
    );
  });

  it('finds the argument where the architecture has it', () => {
    const script = gdbScript({ ...parts, arch: 'arm64' });
    expect(script).toContain('set $lab3_module = $x0\n');
    expect(script).not.toContain('$rdi');
  });

  it('keeps a folder with blanks and quotes one word', () => {
    expect(gdbScript(parts)).toContain('set substitute-path "/build/ab" "C:/a \\"b\\" c"\n');
  });

  it('names the section where a module has no .text', () => {
    const [, bss] = parts.places.sections;
    const places = { ...parts.places, sections: bss ? [bss] : [] };
    expect(gdbScript({ ...parts, places })).toContain('"C:/a user/ab.ko" -s .bss $lab3_section_0\n');
  });
});
