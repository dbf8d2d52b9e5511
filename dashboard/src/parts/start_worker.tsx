import type {Campaign} from 'generated/api';
import {grpcPort} from '../state/server';
import {workerCommand} from '../text/commands';

// The command that trains a campaign, for every machine that is to do so.
export function StartWorker({campaign}: {campaign: Campaign | undefined}) {
  const datasets = [campaign?.dataset, ...(campaign?.variants ?? []).map(variant => variant.dataset)];
  return <><p>On every machine that is to train, with the path of its data:</p>
    <pre>{workerCommand(datasets.filter((name): name is string => Boolean(name)), location.hostname, grpcPort.value)}</pre></>;
}
