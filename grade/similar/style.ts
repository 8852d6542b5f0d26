/** What the side-by-side page adds to the report's style sheet. */
const colours = [210, 145, 45, 280, 180, 340];

const rules = (lightness: number, saturation: number) =>
  colours.map((hue, at) => `.hue${at} { --same: hsl(${hue} ${saturation}% ${lightness}%); }`).join('\n');

export const pageStyle = `
main { max-width: 110rem; }
header { max-width: 56rem; }
.sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(32rem, 100%), 1fr)); gap: 0 1.5rem; align-items: start; }
.sides section { min-width: 0; }
.sides h2 { margin-top: 1.5rem; overflow-wrap: anywhere; }
.sides h3 { overflow-wrap: anywhere; }
.sides pre { padding-left: 0; }
.line { display: flex; }
.number { flex: none; width: 4.5em; margin-right: 1em; color: var(--quiet); text-align: right; user-select: none; }
.same { position: relative; display: block; width: max-content; min-width: 100%; box-shadow: inset .2rem 0 currentcolor; background: var(--same); }
.same:target { outline: 2px solid var(--link); outline-offset: -2px; }
.place { position: absolute; left: .2rem; min-width: 1.6em; padding: 0 .2em; background: var(--page); text-align: center; user-select: none; }
${rules(92, 70)}
@media screen and (prefers-color-scheme: dark) {
${rules(17, 45)}
}
@media print { .sides { grid-template-columns: 1fr 1fr; } .same { width: auto; } }
`.trim();
