import {useSignal} from '@preact/signals';
import {useEffect, useRef} from 'preact/hooks';
import type {Methods} from 'generated/api';
import {callUntilReached, messageOf} from '../api/rpc';
import {results} from './campaigns';

// An answer about a campaign, asked for again when its results change; the one
// before stays until then.
export interface Answered<T> {
  answer: T | undefined;
  error: string;
}

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
    callUntilReached(method, request, abort.signal).then(answer => { state.value = {answer, error: ''}; }, (error: unknown) => {
      if (abort.signal.aborted) return;
      state.value = {answer: undefined, error: messageOf(error)};
    });
    return () => abort.abort();
  }, [method, key, version]);
  return state.value;
}
