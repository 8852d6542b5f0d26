import type { Command } from '../command.ts';

export const report: Command = {
  name: 'report',
  summary: 'report',
  examples: [],
  async run() {
    return undefined;
  },
};
