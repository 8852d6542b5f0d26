import type { CatalogueEntry } from '../errors.ts';

export const packageErrors = {} satisfies Record<string, CatalogueEntry>;
