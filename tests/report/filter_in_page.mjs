// Runs the script of a report's page over one trial and types filters into it:
// filter_in_page.mjs SCRIPT, with {"columns": […], "total": 1, "filters": […]}
// on standard input. Prints a line of JSON for each filter: true or false for
// whether the trial is shown, or {"error": what the page says}.
import {readFileSync} from 'node:fs';
import {gzipSync} from 'node:zlib';

const {filters, ...table} = JSON.parse(readFileSync(0, 'utf8'));

// As much of a browser's document as the script touches.
class FakeElement {
  children = [];
  attributes = new Map();
  listeners = new Map();
  setAttribute(name, value) { this.attributes.set(name, value); }
  removeAttribute(name) { this.attributes.delete(name); }
  addEventListener(name, listener) { this.listeners.set(name, listener); }
  append(child) { this.children.push(child); }
  insertRow() { return this.#insert(); }
  insertCell() { return this.#insert(); }
  createTHead() { return this.#insert(); }
  querySelector() { return null; }
  get cells() { return this.children; }
  #insert() {
    const child = new FakeElement();
    this.children.push(child);
    return child;
  }
}
const elements = new Map();
globalThis.document = {
  createElement: () => new FakeElement(),
  getElementById(id) {
    if (!elements.has(id)) elements.set(id, new FakeElement());
    return elements.get(id);
  },
};

const of = id => document.getElementById(id);
of('trials-data').textContent = JSON.stringify({gzip: gzipSync(JSON.stringify(table)).toString('base64')});
of('trials-filter').value = '';
(0, eval)(readFileSync(process.argv[2], 'utf8'));
while (of('trials-tools').hidden !== false) await new Promise(resolve => setTimeout(resolve, 1));

for (const filter of filters) {
  const input = of('trials-filter');
  input.value = filter;
  input.listeners.get('input')();
  const said = of('trials-count').textContent;
  console.log(JSON.stringify(input.attributes.has('aria-invalid') ? {error: said} : said.startsWith('1 of 1 ')));
}
