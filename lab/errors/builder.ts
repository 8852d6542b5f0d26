import type { CatalogueEntry } from '../errors.ts';

export const builderErrors = {} satisfies Record<string, CatalogueEntry>;
