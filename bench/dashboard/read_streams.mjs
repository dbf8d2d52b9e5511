// Holds event streams open, as pages do, and reads what they tell until it is
// ended: read_streams.mjs BASE COUNT. Writes a line when all are open.
import {readFileSync} from 'node:fs';
import http from 'node:http';

const [base, count] = process.argv.slice(2);

// What dashboard/src/api/live.ts asks for: LIVE_COLUMNS, out of the source that has them.
const source = readFileSync(new URL('../../dashboard/src/api/columns.ts', import.meta.url), 'utf8');
const COLUMNS = [...source.match(/LIVE_COLUMNS = \[([^\]]+)\]/)[1].matchAll(/'(\w+)'/g)].map(match => match[1]).join(',');

const open = () => new Promise((opened, failed) => {
  http.get(`${base}/v1/events?measured=1&columns=${COLUMNS}`, {agent: false}, response => {
    response.resume();
    response.on('error', () => {});
    opened();
  }).on('error', failed);
});

await Promise.all(Array.from({length: Number(count)}, open));
console.log('open');
