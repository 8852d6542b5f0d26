/**
 * The error catalogue. Every failure that a person can meet has a permanent name here, says what happened to
 * which thing and with which value, and what to do now. An error that is not a LabError is a bug of ours.
 */
import { builderErrors } from './errors/builder.ts';
import { checkErrors } from './errors/check.ts';
import { gradeErrors } from './errors/grade.ts';
import { gradeClassErrors } from './errors/grade-class.ts';
import { gradeIntakeErrors } from './errors/grade-intake.ts';
import { gradeOutErrors } from './errors/grade-out.ts';
import { guestErrors } from './errors/guest.ts';
import { hostErrors } from './errors/host.ts';
import { kernelErrors } from './errors/kernel.ts';
import { moduleErrors } from './errors/module.ts';
import { packageErrors } from './errors/packages.ts';
import { reportErrors } from './errors/report.ts';
import { sweepErrors } from './errors/sweep.ts';
import { usageErrors } from './errors/usage.ts';
import { vagrantErrors } from './errors/vagrant.ts';

/** Whose fault it is; decides the exit code and never changes with the wording. */
export type Fault = 'module' | 'usage' | 'computer' | 'interrupted';

// biome-ignore lint/suspicious/noExplicitAny: each entry narrows its own parameters; `fail` restores the types
export interface CatalogueEntry<P = any> {
  fault: Fault;
  title: string;
  /** What happened, to which thing, with the value. */
  message: (params: P) => string;
  /** What to do now: the exact command where there is one. */
  hint: (params: P) => string;
}

export const catalogue = {
  ...usageErrors,
  ...hostErrors,
  ...packageErrors,
  ...builderErrors,
  ...guestErrors,
  ...vagrantErrors,
  ...kernelErrors,
  ...moduleErrors,
  ...checkErrors,
  ...reportErrors,
  ...sweepErrors,
  ...gradeClassErrors,
  ...gradeIntakeErrors,
  ...gradeErrors,
  ...gradeOutErrors,
} satisfies Record<string, CatalogueEntry>;

export type ErrorName = keyof typeof catalogue;
type Params<N extends ErrorName> = Parameters<(typeof catalogue)[N]['message']>[0];

export const exitCodes: Record<Fault, number> = { module: 1, usage: 2, computer: 69, interrupted: 130 };

export class LabError extends Error {
  override readonly name: ErrorName;
  readonly fault: Fault;
  readonly title: string;
  readonly hint: string;
  /** Lines worth showing below the message as they are: a compiler's, a kernel's. Untrusted text. */
  readonly detail: string | undefined;
  readonly params: Readonly<Record<string, unknown>>;

  constructor(
    name: ErrorName,
    params: Record<string, unknown>,
    options: { cause?: unknown; detail?: string } = {},
  ) {
    const entry: CatalogueEntry = catalogue[name];
    super(entry.message(params), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = name;
    this.fault = entry.fault;
    this.title = entry.title;
    this.hint = entry.hint(params);
    this.detail = options.detail;
    this.params = params;
  }

  get exitCode(): number {
    return exitCodes[this.fault];
  }
}

/** Makes a catalogued error; the parameters are checked against the entry's own. */
export function labError<N extends ErrorName>(
  name: N,
  params: Params<N>,
  options: { cause?: unknown; detail?: string } = {},
): LabError {
  return new LabError(name, params as Record<string, unknown>, options);
}
