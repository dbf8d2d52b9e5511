import {signal} from '@preact/signals';
import type {ChangeBatch, ListTrialTableRequest} from 'generated/api';
import {onChanges} from '../api/live';
import {LIVE_COLUMNS, TrialTable} from '../api/columns';
import {callUntilReached, messageOf} from '../api/rpc';

// The trials of one campaign under one filter, read once and kept up to date by
// what the coordinator tells: the rows that a batch brings are merged; with a
// filter or further columns the changed trials alone are read again.

const PAUSE_MS = 300;

export class TrialRows {
  // Grows whenever rows changed.
  readonly version = signal(0);
  readonly error = signal('');
  readonly loaded = signal(false);
  // Trials of the campaign, whatever the filter.
  readonly total = signal(0);
  readonly table: TrialTable;

  private abort = new AbortController();
  private unsubscribe: () => void;
  private early: ChangeBatch[] = [];
  private changed = new Set<number>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pause = PAUSE_MS;
  private readonly rereads: boolean;

  constructor(private campaign: string, private filter: string, names: readonly string[]) {
    this.table = new TrialTable(names);
    this.rereads = filter !== '' || names.some(name => !LIVE_COLUMNS.includes(name));
    this.unsubscribe = onChanges((batch, reset) => {
      if (reset) void this.load();
      else if (!this.loaded.peek()) this.early.push(batch);
      else this.apply(batch);
    });
    void this.load();
  }

  close() {
    this.unsubscribe();
    this.abort.abort();
    clearTimeout(this.timer);
  }

  private request(): ListTrialTableRequest {
    return {parent: this.campaign, filter: this.filter, columns: [...this.table.columns.keys()]};
  }

  private async load() {
    this.loaded.value = false;
    try {
      let token = '', sequence = 0;
      do {
        const page = await callUntilReached('CampaignService/ListTrialTable',
            {...this.request(), page_size: 20000, page_token: token}, this.abort.signal);
        this.table.merge(page.columns ?? []);
        sequence ||= page.sequence ?? 0;
        this.total.value = page.total ?? 0;
        token = page.next_page_token ?? '';
        ++this.version.value;
      } while (token);
      this.loaded.value = true;
      this.error.value = '';
      // What came meanwhile and is not in the rows.
      for (const batch of this.early.splice(0)) {
        if ((batch.sequence ?? 0) > sequence) this.apply(batch);
      }
    } catch (error) {
      if (!this.abort.signal.aborted) this.error.value = messageOf(error);
    }
  }

  private apply(batch: ChangeBatch) {
    const change = (batch.changes ?? []).find(one => one.campaign?.name === this.campaign);
    if (!change?.trials?.length) return;
    if (this.rereads) {
      for (const number of change.trials) this.changed.add(number);
      this.rereadSoon();
      return;
    }
    this.table.merge(change.columns ?? []);
    this.total.value = Math.max(this.total.value, this.table.rows);
    ++this.version.value;
  }

  private rereadSoon() {
    this.timer ??= setTimeout(() => void this.reread(), this.pause);
  }

  private async reread() {
    const numbers = [...this.changed];
    this.changed.clear();
    this.timer = undefined;
    try {
      let older = false;
      const page = await callUntilReached('CampaignService/ListTrialTable', {...this.request(), numbers}, this.abort.signal, pace => {
        this.pause = Math.max(PAUSE_MS, pace.milliseconds);
        older = pace.older;
      });
      const matching = new Set((page.columns ?? []).find(column => column.name === 'number')?.numbers ?? []);
      this.table.remove(numbers.filter(number => !matching.has(number)));
      this.table.merge(page.columns ?? []);
      this.total.value = page.total ?? this.total.value;
      ++this.version.value;
      if (!older) return;
      for (const number of numbers) this.changed.add(number);
      this.rereadSoon();
    } catch {
      for (const number of numbers) this.changed.add(number);
    }
  }
}
