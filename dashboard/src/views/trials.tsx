import {useSignal} from '@preact/signals';
import {useEffect, useMemo, useRef} from 'preact/hooks';
import {COLUMNS, LIVE_COLUMNS, type ColumnInfo, type Value} from '../api/columns';
import {Compare} from '../parts/compare';
import {Parallel} from '../parts/parallel';
import {tableFilter} from '../parts/request';
import {State} from '../parts/status';
import {campaign, variantsOf} from '../state/campaigns';
import {campaignName, params, setParams} from '../state/route';
import {narrow} from '../state/screen';
import {TrialRows} from '../state/trials';
import {ColumnMenu} from '../parts/column_menu';
import {cellText} from '../text/cells';

// Every trial in a table. Rows that are seen are the only ones that exist as
// elements, so that 100,000 scroll as 100 do.

const ROW = 30, MORE = 12;

const WIDTHS: Partial<Record<ColumnInfo['kind'], number>> = {text: 150, time: 170};
const LONG = new Set(['reason', 'error']);
const headOf = (column: ColumnInfo) => column.head ?? column.title;

// In pixels. A phone shows what came of a trial without moving the table aside:
// its state is a mark and a letter there.
function widthOf(column: ColumnInfo, phone: boolean): number {
  if (LONG.has(column.name)) return 420;
  if (column.name === 'state') return phone ? 50 : 118;
  return WIDTHS[column.kind] ?? Math.max(phone ? 54 : 66, headOf(column).length * 7.5 + (phone ? 12 : 28));
}

const PHONE_FIRST = ['number', 'state', 'depth', 'width', 'budget_flops', 'validation_loss'];

function useTrialRows(names: readonly string[]) {
  const filter = tableFilter();
  const key = [campaignName.value, filter, ...names].join('|');
  const rows = useMemo(() => new TrialRows(campaignName.value, filter, names), [key]);
  useEffect(() => () => rows.close(), [rows]);
  return rows;
}

// What keys do to the row that is looked at.
function moved(row: number, key: string, page: number, last: number): number | undefined {
  switch (key) {
    case 'ArrowDown': return Math.min(last, row + 1);
    case 'ArrowUp': return Math.max(0, row - 1);
    case 'PageDown': return Math.min(last, row + page);
    case 'PageUp': return Math.max(0, row - page);
    case 'Home': return 0;
    case 'End': return last;
    default: return undefined;
  }
}

export function Trials() {
  const varied = variantsOf(campaign.value).length > 0;
  const shownNames = useMemo(() => [...new Set([...narrow.value ? PHONE_FIRST : LIVE_COLUMNS.slice(0, 2), ...varied ? ['variant'] : [], ...LIVE_COLUMNS,
    ...(params.value.columns ?? '').split(',').filter(Boolean)])], [params.value.columns, varied, narrow.value]);
  const rows = useTrialRows(shownNames);
  const columns = shownNames.map(name => COLUMNS.find(column => column.name === name)).filter(column => column !== undefined);
  const sort = params.value.sort ?? 'number';
  const descending = sort.startsWith('-'), sortName = sort.replace(/^-/, '');
  const version = rows.version.value;
  const order = useMemo(() => rows.table.order(sortName, descending), [rows, sort, version]);
  return (
    <section aria-label="Trials">
      <Compare />
      <div class="table-head">
        <h2>Trials</h2>
        <p class="note" role="status" hidden={rows.error.value !== ''}>{rows.table.rows.toLocaleString('en')}{tableFilter() ? ` of ${rows.total.value.toLocaleString('en')}` : ''}{rows.loaded.value ? '' : ', reading…'}</p>
        <button type="button" class="quiet" aria-expanded={params.value.lines === '1'}
          onClick={() => setParams({lines: params.value.lines ? undefined : '1'}, false)}>Parallel coordinates</button>
        <ColumnMenu shown={shownNames} />
      </div>
      {params.value.lines === '1' && <Parallel />}
      {rows.error.value && <p class="fault">{rows.error.value}</p>}
      <Grid rows={rows} order={order} columns={columns} sortName={sortName} descending={descending} />
    </section>
  );
}

interface GridProps {
  rows: TrialRows;
  order: Uint32Array;
  columns: readonly ColumnInfo[];
  sortName: string;
  descending: boolean;
}

function Grid({rows, order, columns, sortName, descending}: GridProps) {
  const host = useRef<HTMLDivElement>(null);
  const top = useSignal(0), tall = useSignal(560);
  // The trial that keys move from; a place in the table would be another trial
  // when rows come in.
  const at = useSignal<number | undefined>(undefined);
  const numbers = rows.table.columns.get('number') ?? [];
  const place = at.value === undefined ? -1 : order.findIndex(row => numbers[row] === at.value);
  const first = Math.max(0, Math.floor(top.value / ROW) - MORE);
  const last = Math.min(order.length, Math.ceil((top.value + tall.value) / ROW) + MORE);
  const template = columns.map(column => `${widthOf(column, narrow.value)}px`).join(' ');

  useEffect(() => {
    const observer = new ResizeObserver(() => { tall.value = host.current?.clientHeight ?? 560; });
    if (host.current) observer.observe(host.current);
    return () => observer.disconnect();
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && at.value !== undefined) setParams({sel: String(at.value)}, false);
    const next = moved(place < 0 ? -1 : place, event.key, Math.floor(tall.value / ROW) - 2, order.length - 1);
    if (next === undefined || next < 0) return;
    event.preventDefault();
    at.value = Number(numbers[order[next] ?? 0]);
    const y = next * ROW, view = host.current;
    if (!view) return;
    if (y < view.scrollTop) view.scrollTop = y;
    if (y > view.scrollTop + view.clientHeight - 2.5 * ROW) view.scrollTop = y - view.clientHeight + 2.5 * ROW;
  };
  const seen = Array.from(order.subarray(first, last));
  return (
    <div ref={host} class="grid" role="grid" aria-label="Trials" aria-rowcount={order.length + 1} aria-colcount={columns.length}
      tabIndex={0} aria-activedescendant={place >= first && place < last ? `row-${at.value}` : undefined}
      onScroll={event => { top.value = event.currentTarget.scrollTop; }} onKeyDown={onKeyDown}>
      <div class="grid-row grid-head" role="row" aria-rowindex={1} style={{gridTemplateColumns: template}}>
        {columns.map(column => <HeadCell key={column.name} column={column} sorted={column.name === sortName} descending={descending} />)}
      </div>
      <div class="grid-space" role="presentation" style={{height: `${first * ROW}px`}} />
      {seen.map((row, i) => {
        const number = Number(numbers[row]);
        return (
          <div key={number} id={`row-${number}`} role="row" aria-rowindex={first + i + 2} aria-selected={params.value.sel === String(number)}
            class={`grid-row${number === at.value ? ' at' : ''}`} style={{gridTemplateColumns: template}}
            onClick={() => { at.value = number; setParams({sel: String(number)}, false); }}>
            {columns.map(column => <Cell key={column.name} column={column} value={rows.table.value(column.name, row)} />)}
          </div>
        );
      })}
      <div class="grid-space" role="presentation" style={{height: `${Math.max(0, order.length - last) * ROW}px`}} />
      {rows.loaded.value && order.length === 0 && <p class="nothing">No trial {tableFilter() ? 'matches the filter' : 'yet'}.</p>}
    </div>
  );
}

function HeadCell({column, sorted, descending}: {column: ColumnInfo, sorted: boolean, descending: boolean}) {
  const turn = () => setParams({sort: sorted && !descending ? `-${column.name}` : column.name === 'number' ? undefined : column.name});
  return (
    <div role="columnheader" class={column.kind === 'text' ? '' : 'number'} aria-sort={sorted ? descending ? 'descending' : 'ascending' : 'none'}>
      <button type="button" tabIndex={-1} onClick={turn} title={column.name}>{headOf(column)}{sorted ? descending ? ' ↓' : ' ↑' : ''}</button>
    </div>
  );
}

function Cell({column, value}: {column: ColumnInfo, value: Value}) {
  if (column.name === 'state') return <div role="gridcell"><State state={String(value)} /></div>;
  const text = cellText(column, value);
  return <div role="gridcell" class={column.kind === 'text' ? '' : 'number'} title={text.length > 16 ? text : undefined}>{text}</div>;
}
