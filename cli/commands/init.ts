import type { Command } from '../command.ts';

export const init: Command = {
  name: 'init',
  summary: 'init',
  examples: [],
  async run() {
    return undefined;
  },
};
