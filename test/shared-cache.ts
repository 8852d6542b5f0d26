import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One cache for all tests that need real packages, so that they are fetched once. */
export const sharedCache = process.env.LAB3_TEST_CACHE ?? join(tmpdir(), 'lab3-tests');
