import type {Methods} from 'generated/api';

// What a call was refused with; the message is the coordinator's own.
export class RpcError extends Error {
  constructor(readonly code: string, message: string) {
    super(message);
  }
}

// The coordinator could not be reached, which a page outlives.
export const AWAY = 'unavailable';

// Calls one method: `call('CampaignService/GetCampaign', {name})`. Throws
// RpcError.
export async function call<Method extends keyof Methods>(
    method: Method, request: Methods[Method][0], signal?: AbortSignal): Promise<Methods[Method][1]> {
  const response = await fetch(`/isoshape.v1.${method}`, {
    method: 'POST',
    headers: {'Content-Type': 'application/json'},
    body: JSON.stringify(request),
    signal: signal ?? null,
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new RpcError(AWAY, 'the coordinator cannot be reached');
  });
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok && answer !== null) return answer as Methods[Method][1];
  const error = (answer ?? {}) as {code?: string, message?: string};
  throw new RpcError(error.code ?? 'unknown', error.message ?? `the coordinator answered ${response.status}`);
}

// Makes a double click one request.
export const requestId = () => `page-${crypto.getRandomValues(new Uint32Array(3)).join('-')}`;

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
