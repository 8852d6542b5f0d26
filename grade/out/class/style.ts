/** What class.html adds to the report's style sheet. */

export const classStyle = `
main { max-width: 84rem; }
:root { --bar: #3f76b5; --partial: #d9a21b; --lost: #d1564b; --pass: #4c9a6a; --open: #8b94a3; --chip: #eef1f4; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
html:not(.js) .scripted { display: none; }
button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; text-align: inherit; }
html:not(.js) button { cursor: default; }
header .subtitle { margin-bottom: 1.75rem; }

.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem; margin: 0 0 1rem; }
.tile { padding: .8rem 1rem .7rem; border: 1px solid var(--line); border-radius: .6rem; background: var(--soft); }
.tile dt { color: var(--quiet); font-size: .8rem; }
.tile dd { margin: .1rem 0 0; font-size: 1.55rem; line-height: 1.25; font-weight: 650; letter-spacing: -.01em; font-variant-numeric: tabular-nums; }
.tile.open dd { color: var(--unknown); }
.tile.lost dd { color: var(--bad); }
.remark { margin: 0 0 1rem; padding: .6rem 1rem; border-left: .25rem solid var(--unknown); background: var(--soft); }

.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); gap: 0 3rem; }
.chart h2 { margin-top: 2rem; border: 0; padding: 0; font-size: 1.1rem; }
.histogram { display: flex; gap: .35rem; height: 14rem; margin: 0 0 .75rem; padding: 0; list-style: none; }
.histogram li { flex: 1; min-width: 0; }
.histogram button { display: grid; grid-template-rows: 1.4rem 1fr 1.5rem; width: 100%; height: 100%; text-align: center; font-size: .8rem; }
.histogram .count { color: var(--quiet); font-variant-numeric: tabular-nums; align-self: end; }
.histogram .bar { align-self: end; display: block; min-height: 2px; border-radius: .3rem .3rem 0 0; background: var(--bar); }
.histogram .label { border-top: 1px solid var(--line); padding-top: .2rem; color: var(--quiet); text-align: left; font-variant-numeric: tabular-nums; }
.js .histogram button:hover .bar, .histogram [aria-pressed=true] .bar { filter: brightness(1.18); }
.histogram [aria-pressed=true] .label, .histogram [aria-pressed=true] .count { color: var(--text); font-weight: 700; }

.criteria { margin: 0 0 .75rem; padding: 0; list-style: none; }
.criteria button { display: grid; grid-template-columns: minmax(0, 13rem) minmax(4rem, 1fr) 2.5rem; gap: .75rem; align-items: center; width: 100%; padding: .2rem .4rem; border-radius: .35rem; font-size: .875rem; line-height: 1.3; }
.js .criteria button:hover, .criteria [aria-pressed=true] { background: var(--chip); }
.criteria [aria-pressed=true] { font-weight: 650; }
.criteria .title { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.stack { display: flex; gap: 1px; height: .7rem; border-radius: .2rem; overflow: hidden; background: var(--line); }
.lost-count { text-align: right; color: var(--quiet); font-variant-numeric: tabular-nums; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
.legend > span { display: inline-flex; align-items: center; gap: .4rem; }
.legend i { width: .7rem; height: .7rem; border-radius: .2rem; }
i.pass { background: var(--pass); } i.partial { background: var(--partial); } i.lost { background: var(--lost); } i.open { background: var(--open); }

.toolbar { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: center; margin-bottom: .9rem; }
.toolbar label { display: flex; gap: .6rem; align-items: center; color: var(--quiet); font-size: .9rem; }
.toolbar input { width: 16rem; max-width: 60vw; padding: .45rem .75rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--page); color: var(--text); font: inherit; }
.toolbar input::placeholder { color: var(--quiet); opacity: 1; }
.chips { display: flex; flex-wrap: wrap; gap: .4rem; }
.chips button, #clear { padding: .3rem .8rem; border: 1px solid var(--line); border-radius: 2rem; font-size: .875rem; }
.chips button:hover, #clear:hover { background: var(--chip); }
.chips span { color: var(--quiet); font-variant-numeric: tabular-nums; }
.chips [aria-pressed=true] { border-color: var(--text); background: var(--text); color: var(--page); }
.chips [aria-pressed=true] span { color: inherit; }
#shown { margin: 0 0 0 auto; color: var(--quiet); font-size: .875rem; font-variant-numeric: tabular-nums; }

.scroll { position: relative; }
.tall { max-height: 85vh; overflow: auto; border: 1px solid var(--line); border-radius: .6rem; }
table.class { table-layout: fixed; border-collapse: separate; border-spacing: 0; font-size: .875rem; }
.class th, .class td { padding: .35rem .6rem; white-space: nowrap; vertical-align: middle; }
.class th:first-child { position: sticky; left: 0; z-index: 1; padding-left: 1rem; background: var(--page); }
.class thead th { position: sticky; top: 0; z-index: 2; vertical-align: bottom; background: var(--page); border-bottom-width: 1px; }
.class thead th:first-child { z-index: 3; }
.class thead button { color: inherit; font-weight: 600; }
.class .right button { text-align: right; }
.js .class thead button:hover { color: var(--text); text-decoration: underline; }
.class th[aria-sort] button { color: var(--text); }
.class th[aria-sort=ascending] button::after { content: " ↑"; }
.class th[aria-sort=descending] button::after { content: " ↓"; }
.class .turned { padding: .4rem .1rem; text-align: center; }
.class .turned button { display: inline-block; max-height: 13rem; overflow: hidden; text-overflow: ellipsis; writing-mode: vertical-rl; transform: rotate(180deg); font-weight: 400; line-height: 1.1; }
.class tbody tr:hover > * { background: var(--soft); }
.class tbody tr:last-child > * { border-bottom: 0; }
.class tbody th a { text-decoration: none; font-weight: 600; }
.class tbody th a:hover { text-decoration: underline; }
.class tbody th:first-child { overflow: hidden; text-overflow: ellipsis; }
.class td:nth-child(2) { white-space: normal; }
.key { margin-left: .35rem; color: var(--quiet); font-size: .8em; font-weight: 400; }
.final { font-weight: 700; }
.mark .cell { display: block; margin: 0 auto; }
.mark { padding-left: .1rem !important; padding-right: .1rem !important; text-align: center !important; }
.class .mark:last-child { padding-right: .6rem !important; }
.cell { display: inline-block; width: 1.4rem; height: 1.4rem; border-radius: .3rem; font-size: .8rem; line-height: 1.4rem; text-align: center; font-weight: 600; }
.cell.pass { color: var(--good); }
.cell.partial { background: #fbf1d5; color: #6b5000; }
.cell.lost { background: #fbe0dd; color: #a3211a; }
.cell.open { background: #e4e8ee; color: #3d4652; }
.cell.none { color: var(--quiet); }
.state { padding: .1rem .55rem; border-radius: 1rem; background: var(--chip); font-size: .8rem; }
.state.graded { padding: 0; background: none; color: var(--quiet); }
.state.review { background: #fbf1d5; color: #6b5000; }
.state.error { background: #fbe0dd; color: #a3211a; }
#review td p { margin: 0 0 .2rem; max-width: none; }

@media screen and (prefers-color-scheme: dark) {
  :root { --bar: #5b93d6; --partial: #c99a2e; --lost: #d2665c; --pass: #4f9f72; --open: #76808e; --chip: #21262d; }
  .cell.partial, .state.review { background: #3a2f10; color: #ecc95f; }
  .cell.lost, .state.error { background: #431d1a; color: #ffa198; }
  .cell.open { background: #2b323b; color: #c3ccd6; }
}
@page { size: A4 landscape; margin: 12mm; }
@media print {
  .toolbar, .histogram + p .scripted { display: none; }
  .tall { max-height: none; overflow: visible; border: 0; }
  .class thead th, .class th:first-child { position: static; }
  .class th, .class td { padding: .1rem .25rem; font-size: 8pt; }
  .cell { width: 1.1rem; height: 1.1rem; line-height: 1.1rem; }
  .histogram { height: 40mm; }
  .tiles { grid-template-columns: repeat(6, 1fr); }
  .charts { grid-template-columns: 1fr 1fr; }
  a { color: inherit; text-decoration: none; }
}
`.trim();
