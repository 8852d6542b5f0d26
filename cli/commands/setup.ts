import type { Command } from '../command.ts';

export const setup: Command = {
  name: 'setup',
  summary: 'setup',
  examples: [],
  async run() {
    return undefined;
  },
};
