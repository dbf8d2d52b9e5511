import {useSignal} from '@preact/signals';
import {useEffect, useRef} from 'preact/hooks';
import type {Figure, FigureKind, GetFigureRequest} from 'generated/api';
import {callUntilReached, messageOf} from '../api/rpc';
import {results} from '../state/campaigns';

// Figures as the coordinator draws them, kept while the page is open: a view
// that was seen before is there at once, and is asked for anew behind it.

export type FigureRequest = Omit<GetFigureRequest, 'kind'> & {kind: FigureKind};

export interface Loaded {
  figure: Figure | undefined;
  error: string;
  loading: boolean;
}

const kept = new Map<string, Figure>();
const KEPT_AT_MOST = 60;

function keep(key: string, figure: Figure) {
  kept.delete(key);
  kept.set(key, figure);
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT_AT_MOST) break;
    kept.delete(oldest);
  }
}

// Between two requests for one figure, so that a campaign of many short trials
// does not have the page redraw all the time; and the most, while its fit does
// not rest on the newest trials yet, which no change of the campaign tells.
const PAUSE_MS = 800, LONGEST_MS = 6400;

// Asks for one figure, one request at a time, and once more if something changed
// while it waited. What was drawn stays while the coordinator is away; the
// banner tells.
class Asker {
  private abort = new AbortController();
  private busy = false;
  private again = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private patience = PAUSE_MS;

  constructor(private request: FigureRequest, private tell: (figure: Figure | undefined, error: string) => void) {}

  async ask() {
    if (this.busy) {
      this.again = true;
      return;
    }
    clearTimeout(this.timer);
    this.busy = true;
    let behind = false;
    try {
      const figure = await callUntilReached('FigureService/GetFigure', this.request, this.abort.signal);
      behind = (figure.basis?.newer_trials ?? 0) > 0;
      this.tell(figure, '');
    } catch (error) {
      if (this.abort.signal.aborted) return;
      this.tell(undefined, messageOf(error));
    }
    this.timer = setTimeout(() => {
      this.busy = false;
      if (this.again) {
        this.again = false;
        void this.ask();
      } else if (behind) {
        this.timer = setTimeout(() => void this.ask(), this.patience);
        this.patience = Math.min(LONGEST_MS, 2 * this.patience);
      }
      if (!behind) this.patience = PAUSE_MS;
    }, PAUSE_MS);
  }

  stop() {
    clearTimeout(this.timer);
    this.abort.abort();
  }
}

const NOT_YET: Loaded = {figure: undefined, error: '', loading: true};

// The figures of requests, and again whenever the results of their campaign
// change.
export function useFigures(requests: readonly FigureRequest[]): readonly Loaded[] {
  const key = JSON.stringify(requests);
  const begin = () => requests.map(request => ({...NOT_YET, figure: kept.get(JSON.stringify(request))}));
  const state = useSignal<{key: string, loaded: readonly Loaded[]}>({key: '', loaded: []});
  const askers = useRef<readonly Asker[]>([]);
  const version = results.value.get(requests[0]?.campaign ?? '') ?? 0;
  useEffect(() => {
    state.value = {key, loaded: begin()};
    askers.current = requests.map((request, i) => new Asker(request, (figure, error) => {
      if (figure) keep(JSON.stringify(request), figure);
      const loaded = state.peek().loaded.map((one, at) => at === i ? {figure, error, loading: false} : one);
      state.value = {key, loaded};
    }));
    const own = askers.current;
    return () => { for (const asker of own) asker.stop(); };
  }, [key]);
  useEffect(() => { for (const asker of askers.current) void asker.ask(); }, [key, version]);
  return state.value.key === key ? state.value.loaded : begin();
}

export const useFigure = (request: FigureRequest | undefined): Loaded => useFigures(request ? [request] : [])[0] ?? NOT_YET;
