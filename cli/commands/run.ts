import type { Command } from '../command.ts';

export const run: Command = {
  name: 'run',
  summary: 'run',
  examples: [],
  async run() {
    return undefined;
  },
};
