/** The whole right half of provisioning: configuration, kernel and `.ko` in, result document out. */
import type { LabConfig } from '../../lab/config.ts';
import type { RunSpec } from '../../lab/plan.ts';
import { type Result, resultSchemaName } from '../../lab/result.ts';
import type { BuiltModule, ModuleSource } from '../builder/builder.ts';
import type { Context } from '../context.ts';
import type { Guest } from '../guest/guest.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { runAll } from './runs.ts';

export interface LabRequest {
  readonly config: LabConfig;
  readonly source: ModuleSource;
  readonly kernel: Kernel;
  readonly module: BuiltModule;
  readonly runs: readonly RunSpec[];
  /** A machine that was booted ahead; the runs that want its number of vCPUs begin in it. Ended with the others. */
  readonly guest?: Guest;
  /** Of Vagrant, where one is named. */
  readonly box?: string | undefined;
  /** Name and version of this tool, as the result says it. */
  readonly tool: string;
}

export interface LabOutcome {
  readonly result: Result;
  readonly screenshots: ReadonlyMap<string, Uint8Array>;
  readonly dmesg: string;
}

/** Runs the plan in this project's own VM. Throws errors of this computer; what the module did is in the result. */
export async function runLab(context: Context, request: LabRequest): Promise<LabOutcome> {
  const { config, kernel, module, source } = request;
  const { startGuest } = await import('../guest/start.ts');
  let ahead = request.guest;
  const outcome = await runAll(context, {
    startGuest: async (vcpus) => {
      const guest = ahead?.info.vcpus === vcpus ? ahead : undefined;
      ahead = undefined;
      const { memory: memoryMiB, mirror, vm } = config;
      return guest ?? startGuest(context, { kernel, vcpus, memoryMiB }, { vm, mirror, box: request.box });
    },
    module,
    runs: request.runs,
    patterns: config.module.patterns,
  });
  return {
    result: {
      schema: resultSchemaName,
      createdAt: new Date().toISOString(),
      tool: request.tool,
      module: { name: module.name, files: [...source.files.keys()].sort() },
      guest: outcome.guest,
      build: module.record,
      packages: [...kernel.packages],
      runs: outcome.runs,
    },
    screenshots: outcome.screenshots,
    dmesg: outcome.dmesg,
  };
}
