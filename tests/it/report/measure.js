// Opens each of PAGES at each of WIDTHS, light and dark, and writes down what is wrong with it.
const wrong = [];
const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
const luminance = (colour) => {
  const linear = channels(colour).slice(0, 3).map((c) => c / 255)
    .map((c) => (c > 0.03928 ? ((c + 0.055) / 1.055) ** 2.4 : c / 12.92));
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
};
const behind = (element) => {
  for (let e = element; e !== null; e = e.parentElement) {
    const colour = e.ownerDocument.defaultView.getComputedStyle(e).backgroundColor;
    const alpha = channels(colour)[3];
    if (alpha === undefined || alpha === 1) return colour;
  }
  return 'rgb(255, 255, 255)';
};
// Everything that is written can be read against what is behind it (WCAG 2, level AA).
const contrast = (document, say) => {
  const seen = new Set();
  for (const element of document.body.querySelectorAll('*:not(script):not(option)')) {
    const has_text = Array.from(element.childNodes)
      .some((node) => node.nodeType === 3 && node.data.trim() !== '');
    if (!has_text || element.closest('svg') !== null || element.closest('[hidden]') !== null) continue;
    const style = document.defaultView.getComputedStyle(element);
    const pair = [style.color, behind(element)];
    if (seen.has(pair.join())) continue;
    seen.add(pair.join());
    const [a, b] = pair.map(luminance).sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) say(`${element.textContent.trim().slice(0, 20)}: ${pair} too faint`);
  }
};
// Headings go down one level at a time; what scrolls can be reached by the keyboard.
const order = (document, say) => {
  let level = 0;
  for (const heading of document.querySelectorAll('h1, h2, h3, h4')) {
    const next = Number(heading.tagName[1]);
    if (next > level + 1) say(`${heading.textContent} is ${heading.tagName} below h${level}`);
    level = next;
  }
  for (const element of document.querySelectorAll('.wide')) {
    if (element.scrollWidth > element.clientWidth && element.tabIndex !== 0) say('cannot be scrolled by keyboard');
  }
  for (const card of document.querySelectorAll('.cards > div')) {
    if (card.scrollWidth > card.clientWidth) say(`${card.textContent.trim().slice(0, 12)} is cut`);
  }
  const links = document.querySelectorAll('a[href^="#"]');
  for (const link of links) {
    if (document.getElementById(link.getAttribute('href').slice(1)) === null) say(`${link.href} leads nowhere`);
  }
};
const filter = (document, say) => {
  const bar = document.getElementById('filter');
  if (bar === null) return;
  if (bar.hidden) say('the filter does not run');
  const rows = Array.from(document.querySelectorAll('tr[data-account]'));
  const text = bar.querySelector('[name=text]');
  const shown = (value) => {
    text.value = value;
    text.dispatchEvent(new Event('input', { bubbles: true }));
    return rows.filter((row) => row.getClientRects().length > 0).length;
  };
  if (shown(rows[0].id) !== 1) say('the search for an id does not show its row');
  if (bar.querySelector('output').textContent === '') say('the search does not say how many it found');
  if (shown('no such words') !== 0) say('the search shows what does not fit');
  if (shown('') !== rows.length) say('an empty search does not show all');
};
(async () => {
  let opened = 0;
  for (const page of PAGES) {
    for (const width of WIDTHS) {
      for (const scheme of ['light', 'dark']) {
        const frame = document.createElement('iframe');
        frame.style.cssText = `width: ${width}px; height: 900px; border: 0; color-scheme: ${scheme}`;
        frame.src = `file://${page}`;
        const loaded = new Promise((resolve) => { frame.onload = resolve; });
        document.body.append(frame);
        await loaded;
        const inside = frame.contentDocument;
        const say = (text) => wrong.push(`${page} ${width} ${scheme}: ${text}`);
        const is_dark = frame.contentWindow.matchMedia('(prefers-color-scheme: dark)').matches;
        if (is_dark !== (scheme === 'dark')) say('was opened in the other scheme');
        if (inside.documentElement.scrollWidth > width) say(`is ${inside.documentElement.scrollWidth} wide`);
        contrast(inside, say);
        order(inside, say);
        filter(inside, say);
        opened += 1;
        frame.remove();
      }
    }
  }
  const pre = document.createElement('pre');
  pre.textContent = `${wrong.map((line) => `${line}\n`).join('')}${opened} opened\n`;
  document.body.append(pre);
})();
