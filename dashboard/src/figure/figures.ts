import {useSignal} from '@preact/signals';
import {useEffect, useRef} from 'preact/hooks';
import type {Figure, FigureKind, GetFigureRequest} from 'generated/api';
import {Asker} from '../api/asker';
import {call} from '../api/rpc';
import {results} from '../state/campaigns';

// Figures as the coordinator draws them, kept while the page is open: a view
// that was seen before is there at once, and is asked for anew behind it.

export type FigureRequest = Omit<GetFigureRequest, 'kind'> & {kind: FigureKind};

export interface Loaded {
  figure: Figure | undefined;
  error: string;
  loading: boolean;
  // Its intervals are of few resamples, until the figure itself is there.
  rough?: boolean;
}

// Figures that take many resamples of their fits. The first of a campaign of
// 100,000 trials takes seconds: one of few is there before.
const RESAMPLED: ReadonlySet<FigureKind> = new Set<FigureKind>(
    ['isoflop', 'trends', 'methods', 'envelope', 'heatmap', 'aspect', 'residuals', 'surface', 'prediction']);
const PATIENCE_MS = 400, FEW_RESAMPLES = 50;

// Asks for a rough figure if the one asked for has not come by then. Returns
// what ends it.
function askRoughly(request: FigureRequest, tell: (figure: Figure) => void): () => void {
  if (!RESAMPLED.has(request.kind) || request.resamples || kept.has(JSON.stringify(request))) return () => {};
  const abort = new AbortController();
  const timer = setTimeout(() => {
    call('FigureService/GetFigure', {...request, resamples: FEW_RESAMPLES}, abort.signal)
        .then(figure => { if (!abort.signal.aborted) tell(figure); }, () => { /* the figure itself says why */ });
  }, PATIENCE_MS);
  return () => {
    clearTimeout(timer);
    abort.abort();
  };
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
    const put = (i: number, one: Loaded) => {
      state.value = {key, loaded: state.peek().loaded.map((before, at) => at === i ? one : before)};
    };
    const rough = requests.map((request, i) => askRoughly(request, figure => put(i, {figure, error: '', loading: true, rough: true})));
    askers.current = requests.map((request, i) => new Asker('FigureService/GetFigure', request, (figure, error) => {
      rough[i]?.();
      if (figure) keep(JSON.stringify(request), figure);
      put(i, {figure, error, loading: false});
    }));
    const own = askers.current;
    return () => {
      for (const asker of own) asker.stop();
      for (const end of rough) end();
    };
  }, [key]);
  useEffect(() => { for (const asker of askers.current) asker.ask(); }, [key, version]);
  return state.value.key === key ? state.value.loaded : begin();
}

export const useFigure = (request: FigureRequest | undefined): Loaded => useFigures(request ? [request] : [])[0] ?? NOT_YET;
