/** What a module is for, by what it or its file is called. */
import { keeper } from '../intake/patterns.ts';
import { type Role, roles } from '../names.ts';
import type { Rubric } from './rubric.ts';

/** The first role that the name fits; undefined where it fits none. */
export function roleOfName({ submission }: Pick<Rubric, 'submission'>, name: string): Role | undefined {
  return roles.find((role) => keeper(submission.roles[role])(name));
}
