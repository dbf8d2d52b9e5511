import {signal} from '@preact/signals';
import type {ChangeBatch} from 'generated/api';
import {LIVE_COLUMNS} from './columns';

// What happens on the coordinator, as it happens. One page of a browser holds
// the stream and tells the others: a browser opens no more than six connections
// to one address, and eight pages would leave none for anything else. The page
// that holds it is one that is seen; a hidden one lets go, and catches up when
// it is looked at again.

export interface Connection {
  live: boolean;
  // When the coordinator was last heard of, if it is away.
  since: Date | undefined;
}

export const connection = signal<Connection>({live: true, since: undefined});

// `reset`: batches were missed, so what is shown has to be read anew.
type Listener = (batch: ChangeBatch, reset: boolean) => void;
const listeners = new Set<Listener>();

// Tells of every batch until the returned function is called.
export function onChanges(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

let opened = () => {};
// Calls when the stream has been opened for the first time.
export function onOpened(call: () => void) {
  opened = call;
}

const RETRY_MS = 1000, LONGEST_RETRY_MS = 30000;
// The stream says something at least every 15 s.
const SILENCE_MS = 120000;

type Message = {batch: ChangeBatch} | {connection: Connection};

class Stream {
  private source: EventSource | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private heard = new Date();
  private patience = RETRY_MS;
  private closed = false;

  constructor(private after: number, private tell: (message: Message) => void) {
    this.open();
  }

  private open() {
    const query = new URLSearchParams({columns: LIVE_COLUMNS.join(','), measured: '1'});
    if (this.after > 0) query.set('after', String(this.after));
    this.source = new EventSource(`/v1/events?${query}`);
    this.source.onopen = () => {
      this.patience = RETRY_MS;
      this.alive();
      opened();
      opened = () => {};
      this.tell({connection: {live: true, since: undefined}});
    };
    this.source.onmessage = event => {
      this.alive();
      const batch = JSON.parse(event.data as string) as ChangeBatch;
      this.after = batch.sequence ?? this.after;
      this.tell({batch});
    };
    this.source.onerror = () => this.lost();
  }

  private alive() {
    this.heard = new Date();
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.check(), SILENCE_MS);
  }

  // Comments that keep the stream alive do not reach a page: ask.
  private check() {
    fetch('/healthz').then(() => this.alive(), () => this.lost());
  }

  // The stream ended. The coordinator is away only if it does not answer
  // either; what else ends a stream is mended by opening it again.
  private lost() {
    this.close();
    fetch('/healthz').then(() => true, () => false).then(reachable => {
      if (this.closed) return;
      if (!reachable) this.tell({connection: {live: false, since: this.heard}});
      this.retry = setTimeout(() => this.open(), reachable ? this.patience : RETRY_MS);
      this.patience = Math.min(LONGEST_RETRY_MS, this.patience * 2);
    });
  }

  end() {
    this.closed = true;
    this.close();
  }

  private close() {
    this.source?.close();
    clearTimeout(this.retry);
    clearTimeout(this.silence);
  }
}

let sequence = 0;
// The newest event that this page has heard of; 0: of none.
export const heardOf = () => sequence;
// A page that was hidden, or not the one that held the stream, may have missed
// what was told before it listened again.
let missed = false;

function receive(message: Message) {
  if ('connection' in message) {
    const {live, since} = message.connection;
    if (live === connection.peek().live) return;
    connection.value = {live, since: since === undefined ? undefined : new Date(since)};
    return;
  }
  const {batch} = message;
  const reset = missed || (batch.reset ?? false);
  missed = false;
  // A database that was restored goes on from a lower one.
  sequence = batch.reset ? batch.sequence ?? 0 : Math.max(sequence, batch.sequence ?? 0);
  for (const listener of listeners) listener(batch, reset);
}

// Has everything read anew.
function catchUp() {
  missed = true;
  receive({batch: {sequence}});
}

// Holds the stream until `signal` aborts, in turn with the other pages.
function takeTurns(channel: BroadcastChannel, signal: AbortSignal) {
  const hold = () => new Promise<void>(release => {
    const stream = new Stream(sequence, message => {
      receive(message);
      channel.postMessage(message);
    });
    signal.addEventListener('abort', () => {
      stream.end();
      release();
    });
  });
  navigator.locks.request('isoshape-events', {signal}, hold).catch(() => undefined);
}

// Begins to listen after `after`, the sequence of what is shown.
export function listen(after: number) {
  sequence = after;
  const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('isoshape-events') : undefined;
  if (channel) channel.onmessage = event => { if (!document.hidden) receive(event.data as Message); };
  let turn: AbortController | undefined;
  const start = () => {
    turn = new AbortController();
    if (channel && 'locks' in navigator) {
      takeTurns(channel, turn.signal);
    } else {
      const stream = new Stream(sequence, receive);
      turn.signal.addEventListener('abort', () => stream.end());
    }
  };
  document.addEventListener('visibilitychange', () => {
    turn?.abort();
    turn = undefined;
    if (document.hidden) return;
    start();
    catchUp();
  });
  if (!document.hidden) start();
}
