// Holds event streams open, as pages do, and reads what they tell until it is
// ended: read_streams.mjs BASE COUNT. Writes a line when all are open.
import http from 'node:http';

const [base, count] = process.argv.slice(2);

// What dashboard/src/api/live.ts asks for.
const COLUMNS = 'number,state,depth,width,budget_flops,size,tokens,validation_loss,loss_above_best,last_loss,worker';

const open = () => new Promise((opened, failed) => {
  http.get(`${base}/v1/events?measured=1&columns=${COLUMNS}`, {agent: false}, response => {
    response.resume();
    response.on('error', () => {});
    opened();
  }).on('error', failed);
});

await Promise.all(Array.from({length: Number(count)}, open));
console.log('open');
