// Looks at the page as it stands in the browser and returns what is wrong with it, one sentence a fault.
// Runs as the body of a function; the page itself has no script.

const faults = [];
const fault = (what, element) => {
  const name = element
    ? ` in <${element.tagName.toLowerCase()} class="${element.getAttribute('class') ?? ''}"> ` +
      `"${element.textContent.trim().replace(/\s+/g, ' ').slice(0, 60)}"`
    : '';
  faults.push(what + name);
};
const all = selector => [...document.querySelectorAll(selector)];
const shown = element => element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true });

// Nothing is wider than the window; what is wider than its frame scrolls inside the frame.
const root = document.documentElement;
if (root.scrollWidth > root.clientWidth) {
  fault(`the page is ${root.scrollWidth} px wide in a window of ${root.clientWidth} px`);
}
for (const element of all('body *')) {
  if (!shown(element) || element.closest('svg, .skip, .cards thead')) continue;
  const frame = element.parentElement.closest('.frame');
  if (frame && getComputedStyle(frame).overflowX !== 'visible') continue;
  const box = element.getBoundingClientRect();
  if (box.width > 0 && (box.right > root.clientWidth + 1 || box.left < -1)) {
    fault(`sticks out to ${Math.round(box.right)} px`, element);
  }
}

// Text within a chart stays within it.
for (const text of all('svg text')) {
  if (!shown(text)) continue;
  const [inner, outer] = [text.getBoundingClientRect(), text.ownerSVGElement.getBoundingClientRect()];
  if (inner.left < outer.left - 2 || inner.right > outer.right + 2 || inner.bottom > outer.bottom + 2) {
    fault('text sticks out of its chart', text);
  }
}
// Labels of one axis do not overlap.
for (const chart of all('svg.curve, svg.mini')) {
  if (!shown(chart)) continue;
  const boxes = [...chart.querySelectorAll('text')].map(text => [text, text.getBoundingClientRect()]);
  boxes.forEach(([text, a], i) => boxes.slice(i + 1).forEach(([, b]) => {
    if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 4 && b.top < a.bottom - 4) {
      fault('labels overlap', text);
    }
  }));
}

// Contrast, by the formula of WCAG 2.
const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 })
  .getContext('2d', { willReadFrequently: true });
const rgba = color => {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = color;
  canvas.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
  return [r, g, b, a / 255];
};
const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a)];
const ground = element => {
  const layers = [];
  for (let at = element; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor));
  return layers.reverse().reduce((under, layer) => over(layer, under), [255, 255, 255]);
};
const luminance = rgb => rgb
  .map(c => c / 255)
  .map(c => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
  .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const contrast = (a, b) => {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
};
let nTexts = 0;
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || !shown(element) || element.closest('title, desc, style')) continue;
  nTexts += 1;
  const style = getComputedStyle(element);
  const isDrawn = element.closest('svg') !== null;
  const under = ground(element);
  const ink = over(rgba(isDrawn ? style.fill : style.color), under);
  const size = parseFloat(style.fontSize);
  const isLarge = !isDrawn && (size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700));
  const ratio = contrast(ink, under);
  if (ratio < (isLarge ? 3 : 4.5)) fault(`contrast ${ratio.toFixed(2)}`, element);
}
if (nTexts < 10) fault(`only ${nTexts} texts are visible`);
// What a chart says by form needs 3 to 1 (WCAG 2, 1.4.11).
for (const [selector, property] of [['.bar:not(.running)', 'fill'], ['.zero', 'fill'], ['.mark', 'fill'],
  ['.gap', 'fill'], ['.none', 'stroke'], ['.running', 'stroke'], ['.axis', 'stroke']]) {
  const element = all(`svg ${selector}`).find(shown);
  if (!element) continue;
  const under = ground(element.closest('svg').parentElement);
  const ratio = contrast(over(rgba(getComputedStyle(element)[property]), under), under);
  if (ratio < 3) fault(`contrast of ${selector} ${ratio.toFixed(2)}`, element);
}

// Names.
const named = element => {
  const ids = (element.getAttribute('aria-labelledby') ?? '').split(/\s+/).filter(Boolean);
  for (const id of ids) if (!document.getElementById(id)) fault(`no element "${id}" to be named by`, element);
  const text = ids.map(id => document.getElementById(id)?.textContent ?? '').join(' ');
  return (text + (element.getAttribute('aria-label') ?? '')).trim() !== '';
};
for (const svg of all('svg')) {
  if (svg.getAttribute('aria-hidden') === 'true') continue;
  if (svg.getAttribute('role') !== 'img' || !named(svg)) fault('a drawing without a name', svg);
}
for (const image of all('img')) if (!image.alt) fault('an image without a text', image);
for (const table of all('table')) {
  if (!table.caption?.textContent.trim()) fault('a table without a caption', table);
  if (!table.querySelector('thead th[scope="col"]')) fault('a table without heads of columns', table);
  for (const th of table.querySelectorAll('th')) if (!th.scope) fault('a head without scope', th);
  for (const row of table.querySelectorAll('tbody tr')) {
    if (!row.querySelector('th[scope="row"]')) fault('a row without a head', row);
    if (row.children.length !== table.tHead.rows[0].children.length) fault('a row of another length', row);
  }
}
for (const region of all('[role="region"], section, nav')) if (!named(region)) fault('a region without a name', region);
for (const frame of all('.frame')) if (frame.tabIndex !== 0) fault('a frame that no key reaches', frame);
for (const details of all('details')) {
  if (!details.querySelector('summary')?.textContent.trim()) fault('a fold without a name', details);
}

// Structure.
const ids = all('[id]').map(element => element.id);
for (const id of new Set(ids)) if (ids.filter(one => one === id).length > 1) fault(`"${id}" is the id of several`);
for (const link of all('a[href^="#"]')) {
  if (!document.getElementById(link.getAttribute('href').slice(1))) fault('a link to nowhere', link);
}
let level = 0;
for (const heading of all('h1, h2, h3, h4, h5, h6')) {
  const next = Number(heading.tagName[1]);
  if (next > level + 1) fault(`level ${next} follows level ${level}`, heading);
  if (!heading.textContent.trim()) fault('an empty heading', heading);
  level = next;
}
if (all('h1').length !== 1) fault(`${all('h1').length} headings of level 1`);
for (const landmark of ['header', 'main', 'footer', 'nav']) {
  if (!document.querySelector(landmark)) fault(`no <${landmark}>`);
}
if (!root.lang) fault('no language is stated');
if (!document.title.trim()) fault('no title');

// No script, nothing from elsewhere.
for (const element of all('script, iframe, object, embed, link:not([rel="icon"]), [onload], [onerror], [onclick]')) {
  fault('active content', element);
}
for (const element of all('[src], [srcset], use, link:not([href="data:,"])')) fault('something to be loaded', element);
return faults;
