import type { Event } from '../../lab/events.ts';
import type { Style } from './style.ts';
import type { Terminal } from './terminal.ts';

/** Draws the event stream. One is made per command; it owns stderr until it is closed. */
export interface Renderer {
  handle(event: Event): void;
  /** Leaves the last picture standing, shows the cursor again. Safe to call twice. */
  close(): void | Promise<void>;
}

export interface RendererParts {
  readonly terminal: Terminal;
  readonly style: Style;
  readonly write: (text: string) => void;
  /** Show raw output of compilers and guests as well. */
  readonly verbose: boolean;
  readonly now?: () => number;
}
