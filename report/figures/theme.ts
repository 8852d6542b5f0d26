/**
 * Colours of the figures. Each is drawn in its light form; on a dark page a style sheet exchanges exactly these
 * values, so one SVG serves both. All pairs have a contrast of at least 3:1 to their page, text at least 4.5:1.
 */
export const ink = { text: '#24292f', quiet: '#57606a', line: '#d3d8de', onBar: '#fefefe' } as const;
export const kept = '#2f6db5';
export const lost = '#c24a00';
export const unknown = '#8b949e';
/** For CPU 0, 1, 2, …, and the lines of a plot; told apart by people who see colours differently, and begun anew after the last. */
export const seriesColours = [
  '#2f6db5',
  '#c24a00',
  '#1b8a5a',
  '#9a4fb0',
  '#8a6d00',
  '#0f7f8f',
  '#b8396a',
  '#5a6472',
] as const;

const dark: Readonly<Record<string, string>> = {
  [ink.text]: '#e6edf3',
  [ink.quiet]: '#a5b0bb',
  [ink.line]: '#3a424b',
  [ink.onBar]: '#0b0f14',
  [unknown]: '#7d8794',
  '#2f6db5': '#6ea8ff',
  '#c24a00': '#ff9a5c',
  '#1b8a5a': '#4cc38a',
  '#9a4fb0': '#d39be8',
  '#8a6d00': '#d9b93b',
  '#0f7f8f': '#4fc3d6',
  '#b8396a': '#f58ab4',
  '#5a6472': '#a3adba',
};

/** CSS rules that turn a figure below `.figure` dark. */
export const darkFigureRules = Object.entries(dark)
  .map(([from, to]) => `.figure [fill="${from}"]{fill:${to}}.figure [stroke="${from}"]{stroke:${to}}`)
  .join('\n');

/** The font shipped for PNG; on a page the reader's own sans-serif takes its place. */
export const fontFamily = 'PT Sans';
export const fontSize = 13;
