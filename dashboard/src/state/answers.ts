import {useSignal} from '@preact/signals';
import {useEffect, useRef} from 'preact/hooks';
import type {DataBasis, Methods} from 'generated/api';
import {callUntilReached, messageOf} from '../api/rpc';
import {results} from './campaigns';

// An answer about a campaign, asked for again when its results change, and while
// it does not rest on the newest of them; the one before stays until then.
export interface Answered<T> {
  answer: T | undefined;
  error: string;
}

const PATIENCE_MS = 1600, LONGEST_MS = 12800;

const isBehind = (answer: object) => ((answer as {basis?: DataBasis}).basis?.newer_trials ?? 0) > 0;

export function useAnswer<Method extends keyof Methods>(
    method: Method, request: Methods[Method][0] | undefined, about: string): Answered<Methods[Method][1]> {
  type Answer = Methods[Method][1];
  const state = useSignal<Answered<Answer>>({answer: undefined, error: ''});
  const key = request ? JSON.stringify(request) : '';
  const before = useRef('');
  const version = results.value.get(about) ?? 0;
  useEffect(() => {
    if (!request) return undefined;
    if (before.current !== key) {
      before.current = key;
      // Under other limits the answer before is no answer.
      if (state.peek().error) state.value = {...state.peek(), error: ''};
    }
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined, patience = PATIENCE_MS;
    const ask = () => callUntilReached(method, request, abort.signal).then(answer => {
      state.value = {answer, error: ''};
      if (!isBehind(answer) || abort.signal.aborted) return;
      timer = setTimeout(ask, patience);
      patience = Math.min(LONGEST_MS, 2 * patience);
    }, (error: unknown) => {
      if (abort.signal.aborted) return;
      state.value = {answer: undefined, error: messageOf(error)};
    });
    void ask();
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [method, key, version]);
  return state.value;
}
