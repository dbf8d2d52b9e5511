import {useSignal} from '@preact/signals';
import {useMemo} from 'preact/hooks';
import type {DescribeShapeResponse} from 'generated/api';
import {call, messageOf, requestId} from '../api/rpc';
import {useAnswer} from '../state/answers';
import {campaign} from '../state/campaigns';
import {campaignName, params, setParams} from '../state/route';
import {count, bytes, flops, shape, shortName} from '../text/numbers';
import {Dialog} from './dialog';

export interface Place {
  depth: number;
  width: number;
  budget: number;
}

// Asks whether a shape is to be trained, with what it has and costs, and adds
// the trial.
export function AddTrial({place, onClose}: {place: Place, onClose: () => void}) {
  const depth = useSignal(place.depth), width = useSignal(place.width), budget = useSignal(place.budget);
  const seed = useSignal(0);
  const error = useSignal(''), busy = useSignal(false);
  const id = useMemo(requestId, []);
  const space = campaign.value?.space;
  // As shape/ffn_width.h has it, for what is said of the shape; the trial's own
  // is the coordinator's to choose.
  const multiple = space?.ffn_multiple || 8;
  const ffnWidth = multiple * Math.max(1, Math.round((space?.ffn_ratio || 8 / 3) * width.value / multiple));
  const described = useAnswer('AnalysisService/DescribeShape', {
    shape: {...space?.base, depth: depth.value, width: width.value, heads: 0, ffn_width: ffnWidth},
    budgets: [budget.value],
  }, '');
  const add = async () => {
    busy.value = true;
    try {
      const trial = await call('CampaignService/CreateTrial', {
        parent: campaignName.peek(), request_id: id,
        trial: {shape: {depth: depth.value, width: width.value}, budget_flops: budget.value, seed: seed.value,
          variant: params.peek().variant ?? ''},
      });
      setParams({sel: shortName(trial.name)}, false);
      onClose();
    } catch (refused) {
      error.value = messageOf(refused);
      busy.value = false;
    }
  };
  const number = (name: string, of: {value: number}) => (
    <label class="field"><span>{name}</span>
      <input type="number" min="0" value={of.value} onInput={event => { of.value = Number(event.currentTarget.value); }} /></label>
  );
  return (
    <Dialog title={`Train ${shape(depth.value, width.value)}?`} onClose={onClose}>
      <div class="field-row">{number('depth', depth)}{number('width', width)}{number('seed', seed)}</div>
      <label class="field"><span>budget</span>
        <select value={String(budget.value)} onChange={event => { budget.value = Number(event.currentTarget.value); }}>
          {(campaign.value?.budgets ?? []).map(one => <option key={one} value={String(one)}>{flops(one)} FLOPs</option>)}
        </select></label>
      <Described answer={described.answer} error={described.error} />
      {error.value && <p class="fault" role="alert">{error.value}</p>}
      <p class="buttons"><button type="button" class="main" disabled={busy.value} onClick={add}>Add the trial</button></p>
    </Dialog>
  );
}

function Described({answer, error}: {answer: DescribeShapeResponse | undefined, error: string}) {
  if (error) return <p class="fault">{error}</p>;
  if (!answer) return null;
  const memory = (answer.state_memory_bytes ?? 0) + (answer.activation_memory_bytes ?? 0);
  return <p class="note">{count(answer.parameters)} parameters, about {bytes(memory)} to train;{' '}
    {(answer.tokens ?? []).map(one => `${count(one.tokens)} tokens at ${flops(one.budget_flops)} FLOPs`).join(', ')}.</p>;
}
