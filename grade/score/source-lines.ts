/** The lines that findings name, from what was handed in: whoever reads of one sees it at once. */
import type { GradeDetail, GradePlace } from '../document.ts';

type Files = ReadonlyMap<string, Uint8Array>;

/** Longer ones are cut: some students write a function in one. */
const mostCharacters = 200;

export function withSourceLines(details: readonly GradeDetail[], files: Files): GradeDetail[] {
  const texts = new Map<string, readonly string[]>();
  const linesOf = (path: string): readonly string[] => {
    const known = texts.get(path);
    if (known !== undefined) return known;
    const lines = Buffer.from(files.get(path) ?? [])
      .toString('utf8')
      .split('\n');
    texts.set(path, lines);
    return lines;
  };
  const withText = (place: GradePlace): GradePlace => {
    const path = pathOf(place.file, files);
    const text = path === undefined ? '' : (linesOf(path)[place.line - 1] ?? '').trim();
    if (text === '') return place;
    return { ...place, text: text.length > mostCharacters ? `${text.slice(0, mostCharacters)}…` : text };
  };
  return details.map((detail) =>
    detail.places === undefined ? detail : { ...detail, places: detail.places.map(withText) },
  );
}

/** A kernel knows files of a module by their names alone, and headers of its own, which nobody handed in. */
function pathOf(file: string, files: Files): string | undefined {
  if (files.has(file)) return file;
  const [only, ...others] = [...files.keys()].filter((path) => path.endsWith(`/${file}`));
  return others.length === 0 ? only : undefined;
}
