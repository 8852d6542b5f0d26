import type { Command } from '../command.ts';

export const shell: Command = {
  name: 'shell',
  summary: 'shell',
  examples: [],
  async run() {
    return undefined;
  },
};
