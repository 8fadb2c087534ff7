// Search and filters over the discrepancies that the page shows. The page is whole without it.
(() => {
  'use strict';
  const bar = document.getElementById('filter');
  if (bar === null) return;
  const fields = Array.from(bar.querySelectorAll('[name]'));
  const rows = Array.from(document.querySelectorAll('tr[data-account]'));
  const groups = Array.from(document.querySelectorAll('details'));
  const found = bar.querySelector('output');
  const value = (field) => field.value.trim().toLowerCase();
  const fits = (row, field) => value(field) === ''
    || (field.name === 'text'
      ? row.textContent.toLowerCase().includes(value(field))
      : row.dataset[field.name].toLowerCase() === value(field));
  const apply = () => {
    rows.forEach((row) => { row.hidden = !fields.every((field) => fits(row, field)); });
    const is_used = fields.some((field) => value(field) !== '');
    const count = rows.filter((row) => !row.hidden).length;
    found.textContent = is_used ? found.dataset.text.replace('{n}', count) : '';
  };
  // A link to a row opens the group that it is in, and shows it whatever is filtered.
  const reveal = () => {
    const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (row === null) return;
    row.hidden = false;
    groups.filter((group) => group.contains(row)).forEach((group) => { group.open = true; });
    row.scrollIntoView();
  };
  let closed = [];
  bar.addEventListener('input', apply);
  bar.addEventListener('change', apply);
  bar.addEventListener('click', (event) => {
    const wish = event.target.dataset.open;
    if (wish !== undefined) groups.forEach((group) => { group.open = wish === 'yes'; });
  });
  addEventListener('hashchange', reveal);
  // On paper nothing is closed.
  addEventListener('beforeprint', () => {
    closed = groups.filter((group) => !group.open);
    closed.forEach((group) => { group.open = true; });
  });
  addEventListener('afterprint', () => { closed.forEach((group) => { group.open = false; }); });
  bar.hidden = false;
  apply();
  reveal();
})();
