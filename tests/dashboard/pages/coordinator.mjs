// A coordinator for the page tests: a process on ports that are free, with a
// database in a folder of its own, that can be killed and started again on the
// same port.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';

const program = process.env.ISOSHAPE_COORDINATOR;
if (!program) throw new Error('ISOSHAPE_COORDINATOR names no program');

export class Coordinator {
  folder = mkdtempSync(join(tmpdir(), 'isoshape-pages-'));
  base = '';
  // For the command line.
  grpc = '';

  static async start() {
    const coordinator = new Coordinator();
    await coordinator.run('127.0.0.1:0');
    return coordinator;
  }

  async run(http) {
    this.process = spawn(program, ['--db', join(this.folder, 'test.db'), '--address', '127.0.0.1:0', '--http', http],
        {stdio: ['ignore', 'pipe', 'ignore']});
    for await (const line of createInterface(this.process.stdout)) {
      this.grpc = / listening on (\S+),/.exec(line)?.[1] ?? this.grpc;
      const link = /^dashboard: (http:\S+)\/$/.exec(line);
      if (!link) continue;
      this.base = link[1];
      return;
    }
    throw new Error('the coordinator ended before it served');
  }

  async kill() {
    this.process.kill('SIGKILL');
    await once(this.process, 'exit');
  }

  async restart() {
    await this.run(new URL(this.base).host);
  }

  async close() {
    if (this.process.exitCode === null && this.process.signalCode === null) await this.kill();
    rmSync(this.folder, {recursive: true});
  }

  // One call, as the page makes it; throws what the coordinator refuses with.
  async call(method, request) {
    const response = await fetch(`${this.base}/isoshape.v1.${method}`, {
      method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(request),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${method}: ${answer.code}: ${answer.message}`);
    return answer;
  }
}
