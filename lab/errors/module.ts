import type { CatalogueEntry } from '../errors.ts';

export const moduleErrors = {} satisfies Record<string, CatalogueEntry>;
