import {useSignal} from '@preact/signals';
import {useEffect, useMemo} from 'preact/hooks';
import type {FigureKind} from 'generated/api';
import type {FigureRequest} from '../figure/figures';
import {FigureView, useShown, type FigureViewProps} from '../figure/figure_view';
import {useAnswer} from '../state/answers';
import {campaignName, params, setParams} from '../state/route';
import {dateTime} from '../text/numbers';

// How the figures of a view grew: the same figures of the trials that had ended
// by a moment, over the axes of the whole. How many had ended is in the address.

const STEP_MS = 900, PAUSE_MS = 150;
// Each step is fitted anew; its bands need not be as exact as the last one's.
const RESAMPLES = 200;
const WITHOUT_RESAMPLES: readonly FigureKind[] = ['pareto', 'curves', 'progress'];

// When trials ended, in order, in seconds since 1970.
function useEnds(asked: boolean): number[] {
  const {answer} = useAnswer('CampaignService/ListTrialTable', asked ? {
    parent: campaignName.value, filter: params.value.where ?? '', columns: ['number', 'end_time'],
  } : undefined, campaignName.value);
  return useMemo(() => (answer?.columns?.find(column => column.name === 'end_time')?.numbers ?? [])
      .filter((time): time is number => typeof time === 'number').sort((a, b) => a - b), [answer]);
}

// The request of a figure of the trials that had ended by then.
export function requestAt(request: FigureRequest, time: number): FigureRequest {
  return {...request, filter: `${request.filter ? `${request.filter} ` : ''}end_time<=${time}`,
    ...WITHOUT_RESAMPLES.includes(request.kind) ? {} : {resamples: RESAMPLES}};
}

// One figure as of a moment; undefined: as it is.
function AsOf({figure, on, time}: {figure: FigureViewProps, on: boolean, time: number | undefined}) {
  // Of all variants that are drawn: its axes hold the points of each.
  const whole = useShown({...figure, variants: on ? figure.variants : []}).figure;
  return <FigureView {...figure} request={on && time !== undefined ? requestAt(figure.request, time) : figure.request}
    axesOf={on ? whole : undefined} />;
}

export function Replayed({figures}: {figures: readonly FigureViewProps[]}) {
  const on = params.value.ended !== undefined;
  const ends = useEnds(on);
  const playing = useSignal(false);
  const count = Math.max(1, Math.min(ends.length, Number(params.value.ended) || 1));
  // Where the slider is; the figures follow when it rests.
  const at = useSignal(count);
  useEffect(() => { at.value = count; }, [count]);
  useEffect(() => {
    if (at.value === count) return undefined;
    const timer = setTimeout(() => setParams({ended: String(at.value)}), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [at.value]);
  useEffect(() => {
    if (!on || !playing.value) return undefined;
    if (count >= ends.length) {
      playing.value = false;
      return undefined;
    }
    const timer = setTimeout(() => setParams({ended: String(count + Math.max(1, Math.ceil(ends.length / 40)))}), STEP_MS);
    return () => clearTimeout(timer);
  }, [on, playing.value, count, ends.length]);

  const time = ends[count - 1];
  const play = () => {
    if (count >= ends.length) setParams({ended: '1'});
    playing.value = !playing.value;
  };
  return (
    <>
      {figures.map(figure => <AsOf key={figure.request.kind} figure={figure} on={on} time={time} />)}
      {on ?
        <div class="replay replay-on">
          <button type="button" onClick={play}>{playing.value ? 'Pause' : 'Play'}</button>
          <label for="replay">Trials that had ended</label>
          <input id="replay" type="range" min={1} max={Math.max(1, ends.length)} value={at.value}
            onInput={event => { playing.value = false; at.value = Number(event.currentTarget.value); }} />
          <span role="status">{at.value} of {ends.length}{time !== undefined && `, ${dateTime(new Date(time * 1000).toISOString())}`}</span>
          <button type="button" class="quiet" onClick={() => { playing.value = false; setParams({ended: undefined}, false); }}>End the replay</button>
        </div> :
        <p class="replay"><button type="button" class="quiet" onClick={() => { playing.value = true; setParams({ended: '1'}, false); }}>
          {figures.length > 1 ? 'Replay how they grew' : 'Replay how it grew'}</button></p>}
    </>
  );
}
