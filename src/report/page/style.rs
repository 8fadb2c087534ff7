//! How the page looks.

/// The whole style sheet.
pub(super) const CSS: &str = "\
:root { color-scheme: light dark; --ink: #1a2129; --soft: #5b6772; --line: #d5dbe1; --paper: #fff;
  --tint: #f3f5f8; --good: #1a7f4b; --bad: #b42318; --warn: #9a5b00; --link: #0b5cad; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e9ee; --soft: #9aa6b1; --line: #36404a; --paper: #14181d; --tint: #1e242b;
    --good: #4ec38a; --bad: #ff8a7d; --warn: #e6aa4c; --link: #7ab7ff; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.55 system-ui,
  -apple-system, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif; }
header, main { max-width: 76rem; margin: 0 auto; padding: 0 1.25rem; }
h1 { font-size: 1.5rem; margin: 1.5rem 0 1rem; }
h1 time { color: var(--soft); font-weight: 400; margin-left: .5rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .6rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .4rem; }
.answer { border-left: 6px solid var(--good); background: var(--tint); padding: .9rem 1.1rem;
  border-radius: 4px; }
.answer.bad { border-color: var(--bad); }
.answer.warn { border-color: var(--warn); }
.answer strong { font-size: 1.2rem; display: block; }
.answer + section { margin-top: 1.2rem; }
td:first-child, td.state { white-space: nowrap; }
.answer p { margin: .25rem 0 0; }
.good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); }
.answer.bad, .answer.warn { color: var(--ink); }
b.bad, td.bad, td.warn, td.good { font-weight: 600; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line);
  vertical-align: top; unicode-bidi: isolate; }
th { font-weight: 600; color: var(--soft); word-break: keep-all; background: var(--tint); }
td.n { white-space: nowrap; }
th.n, td.n { text-align: right; font-variant-numeric: tabular-nums; }
td.id { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: .85em;
  overflow-wrap: anywhere; min-width: 11rem; }
td.say { min-width: 18rem; }
tr.total td { font-weight: 600; border-top: 2px solid var(--line); }
table.plain td { border: 0; padding: .15rem .8rem .15rem 0; }
.cards { display: flex; flex-wrap: wrap; gap: 1.5rem; }
.cards > div { flex: 1 1 20rem; min-width: 0; overflow-x: auto; }
.cards td:first-child { white-space: normal; overflow-wrap: anywhere; }
nav { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; font-size: .9rem; margin: 0 0 1rem; }
a { color: var(--link); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 1px; }
summary { cursor: pointer; margin: 1rem 0 .4rem; }
section > details > summary { margin-top: 2rem; }
summary h2, summary h3 { display: inline; margin: 0 .6rem 0 0; }
summary span { color: var(--soft); font-size: .9rem; overflow-wrap: anywhere; }
tr:target { background: var(--tint); outline: 2px solid var(--link); outline-offset: -2px; }
tr[hidden] { display: none; }
.filter { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; font-size: .9rem;
  margin: .6rem 0; }
.filter[hidden] { display: none; }
.filter label { display: inline-flex; gap: .4rem; align-items: center; max-width: 100%; }
.filter input, .filter select, .filter button { font: inherit; color: inherit; max-width: 14rem;
  min-width: 0; padding: .2rem .4rem; background: var(--paper); border: 1px solid var(--soft);
  border-radius: 4px; }
td.short { min-width: 9rem; }
td.short time { white-space: nowrap; }
.figures { display: flex; flex-wrap: wrap; gap: 1.5rem; }
figure { margin: 0; flex: 1 1 30rem; min-width: 0; max-width: 46rem; }
figcaption { color: var(--soft); font-size: .9rem; }
svg { width: 100%; height: auto; display: block; }
svg text { fill: var(--soft); font-size: 10px; }
svg.bridge { min-width: 34rem; }
svg.bridge text { fill: var(--ink); font-size: 13px; }
svg text.n { font-variant-numeric: tabular-nums; }
svg .held { fill: var(--soft); } svg .up { fill: var(--good); } svg .down { fill: var(--warn); }
svg .gap { fill: var(--bad); }
@media (max-width: 40rem) {
  table.trust thead { display: none; }
  table.trust, table.trust tbody, table.trust tr, table.trust td { display: block; }
  table.trust tr { border-bottom: 1px solid var(--line); padding: .4rem 0; }
  table.trust td { border: 0; padding: .1rem .6rem; min-width: 0; }
  table.trust td:first-child { font-weight: 600; white-space: normal; overflow-wrap: anywhere; }
}
.none, .more, footer { color: var(--soft); font-size: .9rem; }
code { font-size: .85em; overflow-wrap: anywhere; }
.sign { display: flex; gap: 2rem; margin: 2rem 0; }
.sign span { flex: 1; border-bottom: 1px solid var(--soft); padding-bottom: 1.6rem; }
@media print {
  :root { color-scheme: light; --ink: #000; --soft: #444; --line: #999; --paper: #fff;
    --tint: #f2f2f2; --good: #000; --bad: #000; --warn: #000; --link: #000; }
  svg .up { fill: #777; } svg .down { fill: #bbb; }
  @page { size: A4 landscape; margin: 12mm; }
  body { font-size: 10pt; }
  header, main { max-width: none; padding: 0; }
  nav, .filter > :not(output) { display: none; }
  a { text-decoration: none; }
  table { font-size: 8pt; }
  th, td { padding: .2rem .35rem; overflow-wrap: anywhere; }
  th, td:first-child, td.state { white-space: normal; }
  td.n, th.n { white-space: nowrap; }
  tr, .answer, figure { break-inside: avoid; }
  summary, h2, h3 { break-after: avoid; }
  thead { display: table-header-group; }
  .wide, .cards > div { overflow: visible; }
  .cards > div { flex-basis: 12rem; }
  td.say { min-width: 0; } td.id, td.short { min-width: 33mm; }
  svg.bridge { min-width: 0; }
  details::details-content { content-visibility: visible; }
  table.many, table.many tbody { display: block; }
  table.many thead { display: none; }
  table.many tr { display: grid; grid-template-columns: repeat(6, 1fr); gap: 0 .6rem;
    border: 1px solid var(--line); margin-bottom: 2mm; padding: 1mm 2mm; }
  table.many td { display: block; border: 0; padding: .1rem 0; text-align: left; white-space: normal; }
  table.many td:empty { display: none; }
  table.many td::before { content: attr(data-name); display: block; color: var(--soft);
    font-size: 7pt; }
}
";
