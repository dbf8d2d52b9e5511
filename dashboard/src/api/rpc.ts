import type {Methods} from 'generated/api';
import {heardOf} from './live';

// What a call was refused with; the message is the coordinator's own.
export class RpcError extends Error {
  constructor(readonly code: string, message: string) {
    super(message);
  }
}

// The coordinator could not be reached, which a page outlives.
export const AWAY = 'unavailable';

// What a coordinator that is busy with pages says of an answer: how long to wait
// before asking for the same again, and whether there is something newer that
// the page has heard of.
export interface Pace {
  milliseconds: number;
  older: boolean;
}

const NO_PACE: Pace = {milliseconds: 0, older: false};

function paceOf(headers: Headers | undefined, heard: number): Pace {
  const milliseconds = Number(headers?.get('isoshape-pace-ms') ?? 0), asOf = headers?.get('isoshape-as-of');
  return {milliseconds, older: asOf != null && Number(asOf) < heard};
}

// Calls one method: `call('CampaignService/GetCampaign', {name})`. Throws
// RpcError. The coordinator is told of which event the page has heard, and may
// give it what another page was given since.
export async function call<Method extends keyof Methods>(
    method: Method, request: Methods[Method][0], signal?: AbortSignal, paced?: (pace: Pace) => void): Promise<Methods[Method][1]> {
  // Who does not look at the pace is given nothing older than what was heard of.
  const heard = paced ? heardOf() : 0;
  const response = await fetch(`/isoshape.v1.${method}${heard > 0 ? `?as_of=${heard}` : ''}`, {
    method: 'POST',
    headers: {'Content-Type': 'application/json'},
    body: JSON.stringify(request),
    signal: signal ?? null,
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new RpcError(AWAY, 'the coordinator cannot be reached');
  });
  paced?.(heard > 0 ? paceOf(response.headers, heard) : NO_PACE);
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok && answer !== null) return answer as Methods[Method][1];
  const error = (answer ?? {}) as {code?: string, message?: string};
  throw new RpcError(error.code ?? 'unknown', error.message ?? `the coordinator answered ${response.status}`);
}

const RETRY_MS = 1000, LONGEST_RETRY_MS = 30000;

const pause = (milliseconds: number, signal: AbortSignal) => new Promise<void>(over => {
  const timer = setTimeout(over, milliseconds);
  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    over();
  }, {once: true});
});

// As `call`, for what only reads: asks again until the coordinator can be
// reached, since nothing else would tell a view that waits that it is back.
export async function callUntilReached<Method extends keyof Methods>(
    method: Method, request: Methods[Method][0], signal: AbortSignal, paced?: (pace: Pace) => void): Promise<Methods[Method][1]> {
  for (let patience = RETRY_MS;; patience = Math.min(LONGEST_RETRY_MS, 2 * patience)) {
    try {
      return await call(method, request, signal, paced);
    } catch (error) {
      if (signal.aborted || !(error instanceof RpcError && error.code === AWAY)) throw error;
      await pause(patience, signal);
    }
  }
}

// Makes a double click one request.
export const requestId = () => `page-${crypto.getRandomValues(new Uint32Array(3)).join('-')}`;

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
