/** Memory: what is allocated is freed, once, and not used after. */
import { checked } from './checked.ts';
import type { Check } from './judgement.ts';

export const leaks: Check = (question) =>
  checked(question, {
    kinds: ['leak', 'double-free', 'use-after-free', 'list-corruption', 'out-of-bounds', 'oops'],
    // Memory that is never freed has nothing to do with a lock.
    always: ['leak'],
    optOut: /kmemleak|kasan|no_sanitize_address/i,
    nothing: 'No leak and no wrong use of memory was found.',
  });
