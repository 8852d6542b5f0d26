import type { Command } from '../command.ts';
import { versionFlag } from '../flags.ts';

/** What `--version` runs; no word of its own, and so in no list of commands. */
export const version: Command = {
  name: 'version',
  summary: versionFlag.summary,
  examples: [['lab3 --version', 'what a run would use, as far as it is known without network']],
  async run(_input, { cwd, ui, contextParts }) {
    const { findVersions } = await import('../versions.ts');
    const { unclaimedContext } = await import('../context.ts');
    const { versionsText } = await import('../ui/versions.ts');
    const context = unclaimedContext({ ...contextParts, emit: () => undefined });
    const versions = await findVersions(context, cwd);
    ui.print(ui.options.json ? JSON.stringify(versions, null, 2) : versionsText(versions));
    return undefined;
  },
};
