import type { CatalogueEntry } from '../errors.ts';

export const usageErrors = {} satisfies Record<string, CatalogueEntry>;
