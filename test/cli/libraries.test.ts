import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const top = fileURLToPath(new URL('../..', import.meta.url));
const rooms = ['cli', 'lab', 'provision', 'report', 'grade'];
const sources = rooms.flatMap((room) =>
  readdirSync(join(top, room), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(room, name)),
);

/** Whether it comes as ES modules: what esbuild makes of the others has a default export alone. */
function hasNames(library: string): boolean {
  const { type, module, exports } = JSON.parse(
    readFileSync(join(top, 'node_modules', library, 'package.json'), 'utf8'),
  );
  return type === 'module' || module !== undefined || JSON.stringify(exports ?? '').includes('"import"');
}

// From source it would work, and in the bundle be undefined.
test('libraries in CommonJS are taken by their default export where they are loaded late', () => {
  const wrong = sources.flatMap((file) => {
    const text = readFileSync(join(top, file), 'utf8');
    return [...text.matchAll(/const \{([^}]*)\} = await import\('(?!node:)((?:@[\w-]+\/)?[\w-]+)[^']*'\)/g)]
      .filter(([, names = '', library = '']) => !/^\s*default:/.test(names) && !hasNames(library))
      .map(([found]) => `${file}: ${found}`);
  });
  expect(wrong).toEqual([]);
});
