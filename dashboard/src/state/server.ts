import {signal} from '@preact/signals';

// Where workers find the coordinator that serves this page: its port of gRPC, 0
// if it has none (a socket) or is not known yet.
export const grpcPort = signal(0);

export async function readServer(): Promise<void> {
  try {
    const answer = await (await fetch('/v1/version')).json() as {grpc_port?: number};
    grpcPort.value = answer.grpc_port ?? 0;
  } catch {
    // The banner says that the coordinator is away; commands are those of the
    // default port then.
  }
}
