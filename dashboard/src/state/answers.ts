import {useSignal} from '@preact/signals';
import {useEffect, useRef} from 'preact/hooks';
import type {Methods} from 'generated/api';
import {Asker} from '../api/asker';
import {results} from './campaigns';

// An answer about a campaign, asked for again when its results change; the one
// before stays until then.
export interface Answered<T> {
  answer: T | undefined;
  error: string;
}

export const useAnswer = <Method extends keyof Methods>(
    method: Method, request: Methods[Method][0] | undefined, about: string): Answered<Methods[Method][1]> =>
  useAsked(method, request, results.value.get(about) ?? 0);

// The same, asked for again when `version` is another one, or `ask` is called.
export function useAsked<Method extends keyof Methods>(method: Method, request: Methods[Method][0] | undefined,
    version: string | number): Answered<Methods[Method][1]> & {ask: () => void} {
  type Answer = Methods[Method][1];
  const state = useSignal<Answered<Answer>>({answer: undefined, error: ''});
  const key = request ? JSON.stringify(request) : '';
  const asker = useRef<Asker<Method> | undefined>(undefined);
  useEffect(() => {
    if (!request) return undefined;
    // Under other limits an error before is none.
    if (state.peek().error) state.value = {...state.peek(), error: ''};
    const own = new Asker(method, request, (answer, error) => { state.value = {answer, error}; });
    asker.current = own;
    return () => {
      own.stop();
      asker.current = undefined;
    };
  }, [method, key]);
  useEffect(() => asker.current?.ask(), [method, key, version]);
  return {...state.value, ask: () => asker.current?.ask()};
}
