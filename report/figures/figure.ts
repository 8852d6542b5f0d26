/** What a figure shows, as plain data; lostUpdates.ts and timeline.ts draw it. */
export interface LostUpdatesFigure {
  readonly kind: 'lost-updates';
  readonly name: string;
  readonly title: string;
  readonly alt: string;
  readonly bars: readonly LostUpdatesBar[];
}
export interface LostUpdatesBar {
  readonly label: string;
  /** Below the label, e.g. `5812334 of 10000000`. */
  readonly detail: string;
  /** Shares of the expected total in percent; absent where the run printed no total. */
  readonly kept?: number;
  readonly lost?: number;
  /** What stands at the bar's end, e.g. `41.9 % lost`. */
  readonly verdict: string;
}

export interface TimelineFigure {
  readonly kind: 'timeline';
  /** File name below img/, without its ending. */
  readonly name: string;
  readonly title: string;
  readonly alt: string;
  readonly note?: string;
  readonly bars: readonly TimelineBar[];
}
/** More threads than these are not named one by one. */
export const mostNamedThreads = 24;

export interface TimelineBar {
  readonly thread: number;
  /** Nanoseconds since the threads were let go. */
  readonly startNs: number;
  readonly endNs: number;
  readonly cpu?: number;
}

export type Figure = LostUpdatesFigure | TimelineFigure;

/** A drawn figure: SVG for the page, PNG for formats that cannot hold SVG. Sizes in CSS pixels. */
export interface DrawnFigure {
  readonly svg: string;
  readonly png: Uint8Array;
  readonly width: number;
  readonly height: number;
}
