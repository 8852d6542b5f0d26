import type { Command } from '../command.ts';

export const build: Command = {
  name: 'build',
  summary: 'build',
  examples: [],
  async run() {
    return undefined;
  },
};
