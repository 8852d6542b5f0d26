/** A test that lacks its real part says which and why it skips; where every part must be there, it fails. */
import { appendFileSync } from 'node:fs';

/**
 * Answers whether the part is there: `describe.skipIf(!requirePart('Docker', found, 'no engine answers'))`.
 * With LAB3_TEST_REQUIRE_ALL=1 a part that is missing throws when the tests are collected.
 *
 * @param name the part: `QEMU`, `Docker engine`, `Chromium`
 * @param why why it is missing, for the person who reads the skip
 */
export function requirePart(name: string, present: boolean, why: string): boolean {
  if (present) return true;
  if (process.env.LAB3_TEST_REQUIRE_ALL === '1')
    throw new Error(`${name} is needed here (LAB3_TEST_REQUIRE_ALL=1): ${why}`);
  const text = `${name} is missing: ${why}`;
  // scripts/test.mjs shows these below the results; by hand the console does.
  const list = process.env.LAB3_TEST_SKIPS;
  if (list) appendFileSync(list, `${text}\n`);
  else console.warn(`skipped: ${text}`);
  return false;
}
