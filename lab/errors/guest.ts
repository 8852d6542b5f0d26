import type { CatalogueEntry } from '../errors.ts';

export const guestErrors = {} satisfies Record<string, CatalogueEntry>;
