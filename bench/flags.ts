/** What `npm run bench` takes, and what it says of itself. */
import { parseArgs } from 'node:util';

export const usage = `npm run bench [-- FLAGS]

Measures, in one run on this computer, what the README says: cold boot and restore of a machine, files into it, builds,
edit to report, \`lab3 run\` and the same work by bare QEMU and by virtme-ng, a small sweep and \`--help\`. Prints a table
for the README, progress on stderr. About three minutes on 2 free cores without hardware acceleration, and another two
where \`vng\` is on the PATH. Let nothing else run meanwhile.

  --rounds N          how often each figure is taken, in turns with its baseline (default 5); sweep and check 3 at most
  --cache DIR         a cache folder of lab3 to take and to leave, filled first where it is empty; without it an empty
                      one in the folder for temporary files, and \`lab3 setup\` is measured too
  --check             measures \`lab3 check\` too, and builds its kernel first where the cache has none (some minutes);
                      with a checked kernel in --cache it is measured without this flag (two minutes more)
  --grade N,N         grades classes of so many submissions, with a checked kernel (minutes for each ten)
  --vagrant BOX       does the same work by Vagrant with libvirt too, in a box that scripts/vagrant-box.sh made (three to
                      six minutes a round); where libvirt does not answer, root starts its daemons for the while
  --vagrant-rounds N  (default 2)
  --json              prints one document instead of the table
  --help
`;

export interface Flags {
  readonly json: boolean;
  readonly rounds: number;
  readonly cache: string | undefined;
  readonly check: boolean;
  /** Sizes of classes. */
  readonly grade: readonly number[];
  readonly vagrant: string | undefined;
  readonly vagrantRounds: number;
}

/** What was asked for, `help`, or what is wrong with it. */
export function readFlags(argv: readonly string[]): Flags | 'help' | { readonly problem: string } {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        json: { type: 'boolean', default: false },
        rounds: { type: 'string', default: '5' },
        cache: { type: 'string' },
        check: { type: 'boolean', default: false },
        grade: { type: 'string', default: '' },
        vagrant: { type: 'string' },
        'vagrant-rounds': { type: 'string', default: '2' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return 'help';
    return {
      json: values.json,
      rounds: times('--rounds', values.rounds),
      cache: values.cache,
      check: values.check,
      grade: values.grade.split(',').flatMap((size) => (size === '' ? [] : [times('--grade', size)])),
      vagrant: values.vagrant,
      vagrantRounds: times('--vagrant-rounds', values['vagrant-rounds']),
    };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function times(flag: string, typed: string): number {
  if (!/^[1-9]\d{0,2}$/.test(typed)) throw new Error(`${flag} is ${typed}, not a number from 1 to 999`);
  return Number(typed);
}
