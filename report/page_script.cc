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
  // A filter as ListTrialTable reads it (coordinator/table/trial_filter.cc), but that it knows no
  // list of states: a word that no trial has keeps none.
  const aliases = new Map(Object.entries({ffn: 'ffn_width', aspect: 'aspect_ratio', budget: 'budget_flops', c: 'flops',
    d: 'tokens', params: 'parameters', n: 'size', loss: 'validation_loss', stderr: 'validation_loss_stderr',
    latency: 'decode_seconds', memory: 'peak_memory_bytes', device: 'device_name'}));
  const powers = (factor, ...words) => words.map(word => [word, factor]);
  const words = new Map([...powers(1e3, 'k', 'thousand', 'thousands'), ...powers(1e6, 'm', 'mn', 'million', 'millions'),
    ...powers(1e9, 'b', 'g', 'bn', 'billion', 'billions'), ...powers(1e12, 't', 'tn', 'trillion', 'trillions'), ['p', 1e15]]);
  const flops = new Map([['', 1], ...powers(1e3, 'k'), ...powers(1e6, 'm', 'mega'), ...powers(1e9, 'g', 'giga'),
    ...powers(1e12, 't', 'tera'), ...powers(1e15, 'p', 'peta'), ...powers(1e18, 'e', 'exa'), ...powers(1e21, 'z', 'zetta')]);
  const factor = word => {
    if (words.has(word)) return words.get(word);
    if (/^pfs?[_-]days$|^pf days$/.test(word)) return 1e15 * 86400;
    const counted = /^(.*?)\s*(?:params?|parameters|tokens?|tok)$/.exec(word);
    if (counted) return counted[1] ? factor(counted[1]) : 1;
    return flops.get(/^(.*?)\s*flops?$/.exec(word)?.[1]);
  };
  const number = given => {
    if (/^none$/i.test(given)) return null;
    if (/^(true|yes)$/i.test(given)) return 1;
    if (/^(false|no)$/i.test(given)) return 0;
    const plain = given.trim().replace(/(?<=\d)_(?=\d)/g, '')
      .replace(/^[+-]?\d{1,3}(?:[ ']\d{3})+(?!\d)/, groups => groups.replace(/[ ']/g, ''));
    const m = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(.*)$/i.exec(plain);
    const bytes = m && /^([KMGTPkmgtp])(i?)B$/.exec(m[2]);
    const unit = !m ? undefined : !m[2] ? 1
      : bytes ? (bytes[2] ? 1024 : 1000) ** ('kmgtp'.indexOf(bytes[1].toLowerCase()) + 1) : factor(m[2].toLowerCase());
    const found = unit === undefined ? NaN : Number(m[1]) * unit;
    if (!Number.isFinite(found)) throw new Error(`'${given}' is not a number such as 4, 9e11 or 1.5M`);
    return found;
  };
  const equal = (v, w) => v === w ||
    (typeof v === 'number' && typeof w === 'number' && Math.abs(v - w) <= 1e-9 * Math.max(Math.abs(v), Math.abs(w)));
  const makeTerm = (given, sign, list) => {
    const name = aliases.get(given.toLowerCase()) ?? given;
    const column = columns.find(c => c.name === name);
    if (!column) throw new Error(`there is no column '${given}'; there are ${columns.map(c => c.name).join(', ')}`);
    const ordered = sign.startsWith('<') || sign.startsWith('>');
    if (ordered && column.codes) throw new Error(`${given} is a text; compare it by = or !=`);
    const values = list.match(/"[^"]*"|[^,]+/g).map(one => {
      const bare = one.startsWith('"') ? one.slice(1, -1) : one;
      if (!column.codes) return number(bare);
      const word = bare.toLowerCase();
      return word === 'none' ? '' : word === 'running' && name === 'state' ? 'leased' : word;
    });
    if (ordered && values.length > 1) throw new Error('a list of values is compared by = or != only');
    const known = row => column.codes ? value(column, row).toLowerCase() : value(column, row);
    if (!ordered) return row => values.some(w => equal(known(row), w)) !== (sign === '!=');
    const compare = {'>': (v, w) => v > w, '<': (v, w) => v < w, '>=': (v, w) => v >= w, '<=': (v, w) => v <= w}[sign];
    return row => known(row) !== null && values[0] !== null && compare(known(row), values[0]);
  };
  const parse = line => {
    const term = /\s*(\w+)(!=|<=|>=|==|[=:<>])((?:"[^"]*"|[^\s,"][^\s,]*)(?:,(?:"[^"]*"|[^\s,"][^\s,]*))*)/y;
    const terms = [], end = line.trimEnd().length;
    while (term.lastIndex < end) {
      const at = term.lastIndex, m = term.exec(line);
      if (!m) throw new Error(`'${line.slice(at).trim()}' is no term; write column=value, such as depth>4 or state:succeeded`);
      terms.push(makeTerm(m[1], m[2], m[3]));
    }
    return terms;
  };
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
