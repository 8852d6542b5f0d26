/** The style sheet of report.html: system fonts, light and dark, A4 paper. */
import { darkFigureRules } from '../figures/theme.ts';

const darkColours = `
  --page: #0d1117; --text: #e6edf3; --quiet: #a5b0bb; --line: #30363d; --soft: #161b22; --link: #79b8ff;
  --good: #56d364; --good-page: #0f2418; --bad: #ff8f83; --bad-page: #2d1414; --unknown: #d9b93b;`;

export const reportStyle = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --text: #1c2128; --quiet: #57606a; --line: #d0d7de; --soft: #f6f8fa; --link: #0a58ca;
  --good: #116329; --good-page: #eaf7ee; --bad: #b3261e; --bad-page: #fdefee; --unknown: #7a5d00;
  --sans: system-ui, -apple-system, "Segoe UI", "Noto Sans", "Helvetica Neue", Arial, sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace;
}
*, ::before, ::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-behavior: smooth; }
body { margin: 0; background: var(--page); color: var(--text); font: 1rem/1.6 var(--sans); }
main { max-width: 56rem; margin: 0 auto; padding: 3rem 1.5rem 4rem; }
h1 { margin: 0; font-size: clamp(1.6rem, 4.5vw, 2.2rem); line-height: 1.2; letter-spacing: -.015em; text-wrap: balance; }
h2 { margin: 3rem 0 1rem; padding-bottom: .35rem; border-bottom: 1px solid var(--line); font-size: 1.35rem; line-height: 1.3; }
h3 { margin: 1.5rem 0 .5rem; font-size: 1rem; }
p { margin: 0 0 .8rem; overflow-wrap: anywhere; }
section > p { max-width: 44rem; }
a { color: var(--link); text-underline-offset: .15em; }
code, pre { font-family: var(--mono); font-size: .875em; }
code { overflow-wrap: anywhere; }
.subtitle, .small, caption, figcaption { color: var(--quiet); }
.subtitle { margin: .4rem 0 1.5rem; }
.small, figcaption { font-size: .85rem; line-height: 1.5; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 1rem; padding: .5rem 1rem; background: var(--page); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }

.student { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: 0 0 1.5rem; }
.student div { display: flex; flex: 1 1 16rem; gap: .75rem; align-items: baseline; min-width: 0; }
.student dt { color: var(--quiet); font-size: .85rem; }
.student dd { flex: 1; min-width: 0; min-height: 1.7em; margin: 0; border-bottom: 1px solid var(--line); font-weight: 600; overflow-wrap: anywhere; }

nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 0; padding: 0; list-style: none; font-size: .9rem; }

.callout { margin: 1.25rem 0; padding: 1rem 1.25rem; border-left: .3rem solid var(--quiet); border-radius: .4rem; background: var(--soft); }
.callout.good { border-color: var(--good); background: var(--good-page); }
.callout.bad { border-color: var(--bad); background: var(--bad-page); }
.callout p { margin: 0 0 .35rem; }
.callout ul { margin: .5rem 0 0; padding-left: 1.2rem; }
.callout .verdict { font-weight: 700; }
.good .verdict, .status.good { color: var(--good); }
.bad .verdict, .status.bad { color: var(--bad); }
.status.unknown { color: var(--unknown); }
.status { font-weight: 600; white-space: nowrap; }

.table { margin: 0 0 1.75rem; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .925rem; line-height: 1.45; }
caption { padding-bottom: .5rem; text-align: left; font-size: .85rem; }
th, td { padding: .45rem .75rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: baseline; }
th:first-child, td:first-child { padding-left: .25rem; }
th:last-child, td:last-child { padding-right: .25rem; }
thead th { border-bottom: 2px solid var(--line); color: var(--quiet); font-size: .8rem; font-weight: 600; vertical-align: bottom; }
tbody th { font-weight: 600; }
.right { text-align: right; font-variant-numeric: tabular-nums; }
.table .small { margin: .6rem 0 0; }
.n { white-space: nowrap; }
.n > span { margin-left: .2em; }
.beside { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(21rem, 100%), 1fr)); gap: 0 2rem; align-items: start; }
.beside { margin-bottom: 1.75rem; }
.beside .table { margin-bottom: 0; }
.beside th, .beside td { padding-top: .25rem; padding-bottom: .25rem; }
.beside tbody th { font-weight: 400; color: var(--quiet); }

figure { margin: 0 0 1.75rem; }
.figure svg { display: block; width: 100%; min-width: 36rem; max-width: 48rem; height: auto; }
.figure text { font-family: var(--sans) !important; }
figcaption { margin-top: .5rem; }
figcaption strong { color: var(--text); }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 1rem; }
.picture { margin: 0; }
.picture img, .missing { display: block; width: 100%; height: auto; border: 1px solid var(--line); border-radius: .4rem; background: #000; }
.missing { display: grid; place-items: center; aspect-ratio: 720 / 400; padding: 1rem; border-style: dashed; background: var(--soft); color: var(--quiet); text-align: center; font-size: .9rem; }

details { margin: 0 0 1rem; padding: .6rem 1rem; border: 1px solid var(--line); border-radius: .4rem; }
summary { cursor: pointer; font-weight: 600; }
details[open] > summary { margin-bottom: .6rem; }
pre { margin: 0; padding: .75rem 1rem; overflow-x: auto; border-radius: .4rem; background: var(--soft); font-size: .78rem; line-height: 1.5; tab-size: 8; }
pre code { font-size: inherit; overflow-wrap: normal; }
.lines { white-space: pre-line; }
.ruled hr { height: 2.2rem; margin: 0; border: 0; border-bottom: 1px solid var(--line); }

@media screen and (prefers-color-scheme: dark) {
  :root {${darkColours}
  }
  .picture img { filter: brightness(.94); }
${darkFigureRules}
}
@media screen and (max-width: 40rem) {
  main { padding: 1.5rem 1rem 3rem; }
}
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }

@page { size: A4; margin: 16mm 15mm 18mm; }
@media print {
  :root { color-scheme: light; }
  body { font-size: 10pt; line-height: 1.45; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  nav, .skip, .screen { display: none; }
  h2 { margin-top: 1.6rem; }
  h1, h2, h3, caption, summary, thead { break-after: avoid; }
  tr, figure, .callout, .picture, .pictures, .beside > .table { break-inside: avoid; }
  p, li { orphans: 3; widows: 3; }
  .scroll { overflow: visible; }
  table { font-size: 9pt; }
  th, td { padding: .3rem .5rem; }
  .figure svg { min-width: 0; max-width: 165mm; }
  .pictures, .beside { grid-template-columns: 1fr 1fr; gap: 0 6mm; }
  .beside th, .beside td { padding: .15rem .3rem; }
  pre { padding: 0; background: none; white-space: pre-wrap; overflow-wrap: anywhere; font-size: 7.5pt; }
  details { padding: 0; border: 0; }
  details:not(.printed) { display: none; }
  summary { list-style: none; }
  details.printed::details-content { display: block; content-visibility: visible; block-size: auto; }
}
`.trim();
