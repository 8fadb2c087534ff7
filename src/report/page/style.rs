//! How the page looks.

/// The whole style sheet.
pub(super) const CSS: &str = "\
:root { color-scheme: light dark; --ink: #1a2129; --soft: #5b6772; --line: #d5dbe1; --paper: #fff;
  --tint: #f3f5f8; --good: #1a7f4b; --bad: #b42318; --warn: #9a5b00; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e9ee; --soft: #9aa6b1; --line: #36404a; --paper: #14181d; --tint: #1e242b;
    --good: #4ec38a; --bad: #ff8a7d; --warn: #e6aa4c; }
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
th { font-weight: 600; color: var(--soft); white-space: nowrap; background: var(--tint); }
th.n, td.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td.id { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: .85em;
  overflow-wrap: anywhere; min-width: 11rem; }
td.say { min-width: 18rem; }
tr.total td { font-weight: 600; border-top: 2px solid var(--line); }
table.plain td { border: 0; padding: .15rem .8rem .15rem 0; }
.cards { display: flex; flex-wrap: wrap; gap: 1.5rem; }
.cards > div { flex: 1 1 18rem; }
.none, .more, footer { color: var(--soft); font-size: .9rem; }
code { font-size: .85em; overflow-wrap: anywhere; }
.sign { display: flex; gap: 2rem; margin: 2rem 0; }
.sign span { flex: 1; border-bottom: 1px solid var(--soft); padding-bottom: 1.6rem; }
@media print {
  :root { --ink: #000; --soft: #444; --line: #999; --paper: #fff; --tint: #f2f2f2; --good: #000;
    --bad: #000; --warn: #000; }
  @page { size: A4 landscape; margin: 12mm; }
  body { font-size: 10pt; }
  header, main { max-width: none; padding: 0; }
  table { font-size: 8.5pt; }
  tr, .answer { break-inside: avoid; }
  thead { display: table-header-group; }
  .wide { overflow: visible; }
  td.id, td.say { min-width: 0; }
}
";
