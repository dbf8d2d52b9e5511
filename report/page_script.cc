#include "report/page_assets.h"

namespace isoshape {

const char* PageScript() {
  return R"js(
'use strict';
(async () => {
  const place = document.getElementById('trials-table');
  const holder = document.getElementById('trials-data');
  if (!place || !holder) return;
  const say = text => { document.getElementById('trials-count').textContent = text; };
  let table;
  try {
    const packed = Uint8Array.from(atob(JSON.parse(holder.textContent).gzip), c => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
    table = JSON.parse(await new Response(stream).text());
  } catch (error) {
    say('This browser cannot unpack the table: ' + error.message);
    return;
  }
  const columns = table.columns;
  const size = columns.length ? (columns[0].numbers || columns[0].codes).length : 0;
  const value = (column, row) => column.codes ? column.texts[column.codes[row]] ?? '' : column.numbers[row];
  const text = (column, row) => {
    const v = value(column, row);
    if (v === null || v === '') return '-';
    if (typeof v === 'string') return v;
    if (Number.isInteger(v) && Math.abs(v) < 1e9) return String(v);
    return Math.abs(v) >= 1e9 || Math.abs(v) < 1e-3 ? v.toExponential(3) : String(+v.toPrecision(6));
  };
  const short = {budget: 'budget_flops', loss: 'validation_loss'};
  // Terms as of the filter of ListTrialTable: `depth>4 state:succeeded`.
  const parse = line => line.trim().split(/\s+/).filter(Boolean).map(term => {
    const m = /^([a-z_]+)(>=|<=|!=|[<>=:])(.+)$/.exec(term);
    if (!m) throw new Error(`'${term}' is no term; write column=value, such as depth>4 or state:succeeded`);
    const name = short[m[1]] || m[1];
    const column = columns.find(c => c.name === name);
    if (!column) throw new Error(`there is no column '${m[1]}'; there are ${columns.map(c => c.name).join(', ')}`);
    const values = m[3].split(',');
    const compare = (v, w) => {
      if (typeof v !== 'string') {
        if (v === null) return false;
        w = Number(w);
        if (Number.isNaN(w)) throw new Error(`'${m[3]}' is no number, as ${m[1]} needs`);
      }
      switch (m[2]) {
        case '>': return v > w;
        case '<': return v < w;
        case '>=': return v >= w;
        case '<=': return v <= w;
        default: return typeof v === 'string' ? v === w : Math.abs(v - w) <= 1e-9 * Math.abs(w);
      }
    };
    return row => {
      const any = values.some(w => compare(value(column, row), w));
      return m[2] === '!=' ? !any : any;
    };
  });
  const step = 200;
  let order = 0, up = true, shown = step, rows = [];
  const input = document.getElementById('trials-filter');
  const more = document.getElementById('trials-more');
  const draw = () => {
    const body = document.createElement('tbody');
    for (const row of rows.slice(0, shown)) {
      const line = body.insertRow();
      for (const column of columns) {
        const cell = line.insertCell();
        cell.textContent = text(column, row);
        // Long ones are cut; the whole text is there when asked for.
        if (column.codes) cell.title = cell.textContent; else cell.className = 'n';
      }
    }
    const old = place.querySelector('tbody');
    if (old) old.replaceWith(body); else place.append(body);
    more.hidden = shown >= rows.length;
    say(`${Math.min(shown, rows.length)} of ${rows.length} trials that match are shown; there are ${table.total}`);
  };
  const update = () => {
    let terms;
    try {
      terms = parse(input.value);
      rows = Array.from({length: size}, (_, i) => i).filter(i => terms.every(t => t(i)));
      input.removeAttribute('aria-invalid');
    } catch (error) {
      input.setAttribute('aria-invalid', 'true');
      say(error.message);
      return;
    }
    const column = columns[order];
    rows.sort((a, b) => {
      const v = value(column, a), w = value(column, b);
      if (v === w) return a - b;
      if (v === null) return 1;
      if (w === null) return -1;
      return (v < w) === up ? -1 : 1;
    });
    draw();
  };
  const head = place.createTHead().insertRow();
  columns.forEach((column, i) => {
    const cell = document.createElement('th');
    cell.scope = 'col';
    if (!column.codes) cell.className = 'n';
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = column.name.replaceAll('_', ' ');
    button.addEventListener('click', () => {
      up = order === i ? !up : true;
      order = i;
      for (const other of head.cells) other.removeAttribute('aria-sort');
      cell.setAttribute('aria-sort', up ? 'ascending' : 'descending');
      update();
    });
    cell.append(button);
    head.append(cell);
  });
  input.addEventListener('input', () => { shown = step; update(); });
  more.addEventListener('click', () => { shown += 5 * step; draw(); });
  document.getElementById('trials-tools').hidden = false;
  update();
})();
)js";
}

}  // namespace isoshape
