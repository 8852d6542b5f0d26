import type { Command } from '../command.ts';

export const doctor: Command = {
  name: 'doctor',
  summary: 'doctor',
  examples: [],
  async run() {
    return undefined;
  },
};
