import type { Command } from '../command.ts';

export const clean: Command = {
  name: 'clean',
  summary: 'remove virtual machines, containers, images and the cache',
  about:
    'Removes what lab3 has put on this computer outside of your folders and says how much room that gave back. ' +
    'lab3.yaml, reports and modules stay. Asks first where there is a terminal.',
  switches: [
    { name: '--yes', summary: 'do not ask' },
    { name: '--dry-run', summary: 'say what would be removed, remove nothing' },
  ],
  examples: [
    ['lab3 clean --dry-run', 'what there is, and how much'],
    ['lab3 clean --yes', 'remove it without a question'],
  ],
  async run({ switches }, { ui, contextParts }) {
    const { unclaimedContext } = await import('../context.ts');
    const { findLeftovers, removeAll } = await import('../cleaning.ts');
    const { leftoversText, removedText } = await import('../ui/leftovers.ts');
    const { json } = ui.options;
    const context = unclaimedContext(contextParts);
    const found = await findLeftovers(context);
    const asList = found.map(({ kind, name, bytes }) => ({ kind, name, bytes }));
    const total = found.reduce((sum, { bytes }) => sum + bytes, 0);
    if (switches.has('--dry-run') || found.length === 0) {
      if (json) ui.print(JSON.stringify({ removed: [], found: asList, freedBytes: 0 }, null, 2));
      else ui.print(leftoversText(found, ui.terminal, ui.style));
      return undefined;
    }
    if (!switches.has('--yes') && ui.terminal.interactive && !json) {
      const { confirm } = await import('../ui/prompts.ts');
      ui.tell(leftoversText(found, ui.terminal, ui.style));
      if (!(await confirm('Remove all of it?', ui, context.signal))) {
        ui.print('Nothing was removed.');
        return undefined;
      }
    }
    await removeAll(context, found);
    await ui.settle();
    if (json) ui.print(JSON.stringify({ removed: asList, found: asList, freedBytes: total }, null, 2));
    else ui.print(removedText(found, ui.style));
    return undefined;
  },
};
