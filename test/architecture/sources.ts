/** The tool's own sources as syntax trees, and a walk through one. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAst } from 'vitest/node';

const top = fileURLToPath(new URL('../../', import.meta.url));
/** What is shipped. Tests and measurements may know the computer that they run on. */
const folders = ['lab', 'provision', 'report', 'grade', 'cli'];

/** A node of ESTree, of which only what a rule asks for is known. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

export interface Source {
  /** Below the top folder, with `/`. */
  readonly file: string;
  readonly text: string;
  readonly tree: SyntaxNode;
}

export function parseSource(file: string, text: string): Source {
  return { file, text, tree: parseAst(text, { lang: 'ts' }) as unknown as SyntaxNode };
}

export async function readSources(): Promise<Source[]> {
  const found: Source[] = [];
  for (const folder of folders) {
    const entries = await readdir(join(top, folder), { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      if (!entry.isFile() || !entry.name.endsWith('.ts') || entry.name.endsWith('.d.ts')) continue;
      const path = join(entry.parentPath, entry.name);
      found.push(parseSource(path.slice(top.length).replaceAll('\\', '/'), await readFile(path, 'utf8')));
    }
  }
  return found;
}

/** Calls `visit` with every node of a tree, its parent and its parent's. */
export function walk(
  node: SyntaxNode,
  visit: (node: SyntaxNode, above: readonly SyntaxNode[]) => void,
  above: readonly SyntaxNode[] = [],
): void {
  visit(node, above);
  const inner = [node, ...above.slice(0, 1)];
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) {
      for (const child of value) if (isNode(child)) walk(child, visit, inner);
    } else if (isNode(value)) walk(value, visit, inner);
  }
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && typeof (value as SyntaxNode).type === 'string';
}

export const lineOf = ({ text }: Source, { start }: SyntaxNode): number =>
  text.slice(0, start).split('\n').length;
