import {useSignal} from '@preact/signals';
import {useEffect, useRef} from 'preact/hooks';
import type {Figure, FigureKind, GetFigureRequest} from 'generated/api';
import {Asker} from '../api/asker';
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

const NOT_YET: Loaded = {figure: undefined, error: '', loading: true};

// The figures of requests, and again whenever the results of their campaign
// change.
export function useFigures(requests: readonly FigureRequest[]): readonly Loaded[] {
  const key = JSON.stringify(requests);
  const begin = () => requests.map(request => ({...NOT_YET, figure: kept.get(JSON.stringify(request))}));
  const state = useSignal<{key: string, loaded: readonly Loaded[]}>({key: '', loaded: []});
  const askers = useRef<readonly Asker<'FigureService/GetFigure'>[]>([]);
  const version = results.value.get(requests[0]?.campaign ?? '') ?? 0;
  useEffect(() => {
    state.value = {key, loaded: begin()};
    askers.current = requests.map((request, i) => new Asker('FigureService/GetFigure', request, (figure, error) => {
      if (figure) keep(JSON.stringify(request), figure);
      const loaded = state.peek().loaded.map((one, at) => at === i ? {figure, error, loading: false} : one);
      state.value = {key, loaded};
    }));
    const own = askers.current;
    return () => { for (const asker of own) asker.stop(); };
  }, [key]);
  useEffect(() => { for (const asker of askers.current) asker.ask(); }, [key, version]);
  return state.value.key === key ? state.value.loaded : begin();
}

export const useFigure = (request: FigureRequest | undefined): Loaded => useFigures(request ? [request] : [])[0] ?? NOT_YET;
