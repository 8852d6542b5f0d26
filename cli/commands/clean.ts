import type { Command } from '../command.ts';

export const clean: Command = {
  name: 'clean',
  summary: 'clean',
  examples: [],
  async run() {
    return undefined;
  },
};
