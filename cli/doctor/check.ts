/** One part of what this computer has, and what mends it. */
export interface Check {
  /** Short and fixed: `Node`, `Disk`, `Docker engine`. */
  readonly part: string;
  readonly state: 'ok' | 'missing' | 'broken';
  /** What was found, with versions and figures. */
  readonly found: string;
  /** The exact command, or what to do; absent where nothing is to be mended. */
  readonly mend?: string;
  /** Without it the main job does not run on this computer. */
  readonly needed: boolean;
}

export const ok = (part: string, found: string): Check => ({ part, state: 'ok', found, needed: false });

export const missing = (part: string, found: string, mend: string, needed = false): Check => ({
  part,
  state: 'missing',
  found,
  mend,
  needed,
});

export const broken = (part: string, found: string, mend: string, needed = false): Check => ({
  part,
  state: 'broken',
  found,
  mend,
  needed,
});
