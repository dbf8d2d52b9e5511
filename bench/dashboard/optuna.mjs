// optuna-dashboard over a study of as many trials, in a process of its own. The
// database is in memory, if that is a folder, as adding trials syncs each.
import {execFileSync, spawn} from 'node:child_process';
import {existsSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';

const STUDY = `
import random, sys
import optuna
optuna.logging.set_verbosity(optuna.logging.ERROR)
study = optuna.create_study(storage=sys.argv[1], study_name="big")
space = {"depth": optuna.distributions.IntDistribution(1, 64),
         "width": optuna.distributions.IntDistribution(16, 1024),
         "tokens": optuna.distributions.FloatDistribution(1e4, 1e8, log=True)}
random.seed(1)
def trial():
    values = {"depth": random.randint(1, 64), "width": random.randint(16, 1024), "tokens": 10 ** random.uniform(4, 8)}
    return optuna.trial.create_trial(params=values, distributions=space, value=1 + random.random())
study.add_trials([trial() for _ in range(int(sys.argv[2]))])
`;

export class OptunaDashboard {
  static async start(trials) {
    const peer = new OptunaDashboard();
    peer.folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'isoshape-optuna-'));
    const storage = `sqlite:///${join(peer.folder, 'study.db')}`;
    const python = process.env.PEER_PYTHON;
    execFileSync(python, ['-c', STUDY, storage, String(trials)], {stdio: 'inherit'});
    const port = 40000 + process.pid % 20000;
    peer.process = spawn(join(dirname(python), 'optuna-dashboard'), [storage, '--port', String(port)], {stdio: 'ignore'});
    peer.base = `http://127.0.0.1:${port}/dashboard/studies/1`;
    while (!await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)) {
      await new Promise(next => setTimeout(next, 200));
    }
    return peer;
  }

  close() {
    this.process.kill();
    rmSync(this.folder, {recursive: true});
  }
}
