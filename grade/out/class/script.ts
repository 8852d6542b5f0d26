/**
 * The script of class.html, as the page carries it: sorts by a column's `data-value`, filters by search, status, bar and
 * criterion. It reads attributes and writes none but `hidden`, `aria-sort` and `aria-pressed`: no text becomes markup.
 */
export const classScript = `
'use strict';
(() => {
  const root = document.documentElement;
  const body = document.querySelector('table.class tbody');
  if (!body) return;
  root.classList.add('js');
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const rows = all('tr', body).map((row, at) => ({
    row, at, find: row.dataset.find.normalize('NFKC'), status: row.dataset.status, late: row.dataset.late === '1',
    lost: row.dataset.lost, values: [...row.children].map((cell) => cell.dataset.value ?? ''),
    final: row.querySelector('.final').dataset.value,
  }));
  const search = document.getElementById('search');
  const shown = document.getElementById('shown');
  const clear = document.getElementById('clear');
  const toggles = all('[aria-pressed]');
  const pressed = (name) => toggles.filter((each) => name in each.dataset && each.getAttribute('aria-pressed') === 'true');

  function filter() {
    const words = search.value.toLowerCase().normalize('NFKC').split(/\\s+/).filter(Boolean);
    const statuses = pressed('status').map((each) => each.dataset.status);
    const late = pressed('late').length > 0;
    const criteria = pressed('criterion').map((each) => ' ' + each.dataset.criterion + ' ');
    const bars = pressed('from').map((each) => [Number(each.dataset.from), Number(each.dataset.to)]);
    let count = 0;
    for (const each of rows) {
      const final = Number(each.final);
      const fits =
        words.every((word) => each.find.includes(word)) &&
        (statuses.length === 0 || statuses.includes(each.status)) &&
        (!late || each.late) &&
        criteria.every((criterion) => each.lost.includes(criterion)) &&
        (bars.length === 0 || (each.final !== '' && each.status !== 'not_submitted' && bars.some(([from, to]) => final >= from && final < to)));
      each.row.hidden = !fits;
      if (fits) count += 1;
    }
    shown.textContent = count + ' of ' + rows.length;
    clear.hidden = words.length === 0 && statuses.length + criteria.length + bars.length === 0 && !late;
  }

  const compareText = new Intl.Collator(undefined, { numeric: true }).compare;
  const headers = all('table.class thead th');
  function sort(column) {
    const header = headers[column];
    const kind = header.querySelector('button').dataset.sort;
    const first = kind === 'number' ? 'descending' : 'ascending';
    const other = first === 'ascending' ? 'descending' : 'ascending';
    const order = header.getAttribute('aria-sort') === first ? other : first;
    for (const each of headers) each.removeAttribute('aria-sort');
    header.setAttribute('aria-sort', order);
    const sign = order === 'ascending' ? 1 : -1;
    rows.sort((a, b) => {
      const [one, two] = [a.values[column], b.values[column]];
      // What is not known comes last, either way.
      if ((one === '') !== (two === '')) return one === '' ? 1 : -1;
      const difference = kind === 'number' ? Number(one) - Number(two) : compareText(one, two);
      return difference === 0 ? a.at - b.at : sign * difference;
    });
    body.append(...rows.map(({ row }) => row));
  }

  headers.forEach((header, column) => header.querySelector('button').addEventListener('click', () => sort(column)));
  for (const each of toggles)
    each.addEventListener('click', () => {
      each.setAttribute('aria-pressed', String(each.getAttribute('aria-pressed') !== 'true'));
      filter();
    });
  search.addEventListener('input', filter);
  search.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') { search.value = ''; filter(); }
  });
  clear.addEventListener('click', () => {
    search.value = '';
    for (const each of toggles) each.setAttribute('aria-pressed', 'false');
    filter();
    search.focus();
  });
  document.addEventListener('keydown', (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? '');
    if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
    }
  });
  // A browser that comes back to the page keeps what was typed.
  filter();
})();
`;
