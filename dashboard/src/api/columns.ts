import type {ListTrialTableResponse, TrialColumn} from 'generated/api';

// Trials of one campaign in columns, as ListTrialTable gives them and batches of
// changes bring them up to date.

export interface ColumnInfo {
  name: string;
  title: string;
  // Over its column of the table, if shorter.
  head?: string;
  kind: 'text' | 'count' | 'flops' | 'loss' | 'number' | 'bytes' | 'seconds' | 'duration' | 'time' | 'share';
}

// Every column that there is; docs/dashboard.md says what each means.
export const COLUMNS: readonly ColumnInfo[] = [
  {name: 'number', title: 'trial', kind: 'number'},
  {name: 'state', title: 'state', kind: 'text'},
  {name: 'depth', title: 'depth', kind: 'number'},
  {name: 'width', title: 'width', kind: 'number'},
  {name: 'budget_flops', title: 'budget, FLOPs', head: 'budget', kind: 'flops'},
  {name: 'size', title: 'size N', kind: 'count'},
  {name: 'tokens', title: 'tokens D', kind: 'count'},
  {name: 'validation_loss', title: 'loss', kind: 'loss'},
  {name: 'loss_above_best', title: 'above best', kind: 'loss'},
  {name: 'last_loss', title: 'newest loss', kind: 'loss'},
  {name: 'worker', title: 'worker', kind: 'text'},
  {name: 'reason', title: 'why it was proposed', kind: 'text'},
  {name: 'purpose', title: 'purpose', kind: 'text'},
  {name: 'variant', title: 'variant', kind: 'text'},
  {name: 'source', title: 'imported from', kind: 'text'},
  {name: 'excluded', title: 'excluded', kind: 'text'},
  {name: 'aspect_ratio', title: 'width / depth', kind: 'number'},
  {name: 'heads', title: 'heads', kind: 'number'},
  {name: 'ffn_width', title: 'ffn width', kind: 'number'},
  {name: 'seed', title: 'seed', kind: 'number'},
  {name: 'steps', title: 'steps', kind: 'count'},
  {name: 'parameters', title: 'parameters', kind: 'count'},
  {name: 'flops', title: 'FLOPs spent', kind: 'flops'},
  {name: 'validation_loss_stderr', title: 'loss ±', kind: 'number'},
  {name: 'train_loss', title: 'train loss', kind: 'loss'},
  {name: 'generalization_gap', title: 'generalisation gap', kind: 'loss'},
  {name: 'tokens_per_size', title: 'D / N', kind: 'number'},
  {name: 'step_seconds', title: 'step time', kind: 'seconds'},
  {name: 'tokens_per_second', title: 'tokens/s', kind: 'count'},
  {name: 'wall_seconds', title: 'wall time', kind: 'duration'},
  {name: 'decode_seconds', title: 'decode, a token', kind: 'seconds'},
  {name: 'prefill_seconds', title: 'prefill', kind: 'seconds'},
  {name: 'peak_memory_bytes', title: 'peak memory', kind: 'bytes'},
  {name: 'gradient_norm_max', title: 'max gradient norm', kind: 'number'},
  {name: 'loss_spikes', title: 'loss spikes', kind: 'number'},
  {name: 'lost_leases', title: 'lost leases', kind: 'number'},
  {name: 'retries', title: 'retries', kind: 'number'},
  {name: 'device_name', title: 'device', kind: 'text'},
  {name: 'engine', title: 'engine', kind: 'text'},
  {name: 'precision', title: 'precision', kind: 'text'},
  {name: 'failure', title: 'failure', kind: 'text'},
  {name: 'error', title: 'error', kind: 'text'},
  {name: 'create_time', title: 'created', kind: 'time'},
  {name: 'start_time', title: 'started', kind: 'time'},
  {name: 'end_time', title: 'ended', kind: 'time'},
];

// What the table shows unless a reader asks for more, and what batches bring.
export const LIVE_COLUMNS = ['number', 'state', 'depth', 'width', 'budget_flops', 'size', 'tokens', 'validation_loss',
  'loss_above_best', 'last_loss', 'worker'];

export type Value = number | string | null;

// Value of a row of a column.
export function valueAt(column: TrialColumn | undefined, row: number): Value {
  if (!column) return null;
  if (column.texts?.length) return column.texts[column.codes?.[row] ?? -1] ?? null;
  return column.numbers?.[row] ?? null;
}

export class TrialTable {
  readonly columns = new Map<string, Value[]>();
  private readonly rowOf = new Map<number, number>();
  rows = 0;

  constructor(readonly names: readonly string[]) {
    for (const name of names) this.columns.set(name, []);
  }

  value(name: string, row: number): Value {
    return this.columns.get(name)?.[row] ?? null;
  }

  rowOfTrial(number: number): number | undefined {
    return this.rowOf.get(number);
  }

  // Rows of a page, or of trials that changed; those that are there are
  // replaced.
  merge(columns: readonly TrialColumn[]) {
    const byName = new Map(columns.map(column => [column.name ?? '', column]));
    const numbers = byName.get('number')?.numbers ?? [];
    for (let i = 0; i < numbers.length; ++i) {
      const number = numbers[i] ?? 0;
      let row = this.rowOf.get(number);
      if (row === undefined) {
        row = this.rows++;
        this.rowOf.set(number, row);
      }
      for (const [name, values] of this.columns) {
        const column = byName.get(name);
        if (column) values[row] = valueAt(column, i);
        else values[row] ??= null;
      }
    }
  }

  // Leaves trials out, the last rows taking their places.
  remove(numbers: Iterable<number>) {
    for (const number of numbers) {
      const row = this.rowOf.get(number);
      if (row === undefined) continue;
      const last = --this.rows;
      for (const values of this.columns.values()) {
        values[row] = values[last] ?? null;
        values.length = last;
      }
      this.rowOf.delete(number);
      const moved = this.columns.get('number')?.[row];
      if (row < last && typeof moved === 'number') this.rowOf.set(moved, row);
    }
  }

  // Rows in the order of a column; rows without a value come last both ways.
  order(name: string, descending: boolean): Uint32Array {
    const values = this.columns.get(name) ?? [];
    const rows = Uint32Array.from({length: this.rows}, (_, i) => i);
    const sign = descending ? -1 : 1;
    return rows.sort((a, b) => {
      const x = values[a] ?? null, y = values[b] ?? null;
      if (x === y) return a - b;
      if (x === null) return 1;
      if (y === null) return -1;
      return x < y ? -sign : sign;
    });
  }
}

export type {ListTrialTableResponse};
