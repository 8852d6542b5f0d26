/** What a figure shows, as plain data; lostUpdates.ts, timeline.ts and spread.ts draw it. */
export interface LostUpdatesFigure {
  readonly kind: 'lost-updates';
  readonly name: string;
  readonly title: string;
  readonly alt: string;
  readonly note?: string;
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

/** Medians along an axis, with what lies about them. */
export interface SpreadFigure {
  readonly kind: 'spread';
  /** File name below sweep/, without its ending. */
  readonly name: string;
  readonly title: string;
  readonly alt: string;
  readonly note?: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly SpreadLine[];
}
interface Axis {
  /** With its unit. */
  readonly label: string;
  /** Equal ratios are equal distances. */
  readonly logarithmic: boolean;
}
export interface SpreadLine {
  readonly label: string;
  /** Ascending in x. */
  readonly points: readonly SpreadPoint[];
}
export interface SpreadPoint {
  readonly x: number;
  readonly min: number;
  readonly q1: number;
  readonly median: number;
  readonly q3: number;
  readonly max: number;
}

export type Figure = LostUpdatesFigure | TimelineFigure | SpreadFigure;

/** A drawn figure: SVG for the page, PNG for formats that cannot hold SVG. Sizes in CSS pixels. */
export interface DrawnFigure {
  readonly svg: string;
  readonly png: Uint8Array;
  readonly width: number;
  readonly height: number;
}
