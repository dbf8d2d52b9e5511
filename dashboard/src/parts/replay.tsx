import {useSignal} from '@preact/signals';
import {useEffect, useMemo} from 'preact/hooks';
import type {FigureRequest} from '../figure/figures';
import {FigureView, useShown} from '../figure/figure_view';
import {useAnswer} from '../state/answers';
import {campaignName, params, setParams} from '../state/route';
import {dateTime} from '../text/numbers';

// How a figure grew: the same figure of the trials that had ended by a moment,
// over the axes of the whole. How many had ended is in the address.

const STEP_MS = 900, PAUSE_MS = 150;
// Each step is fitted anew; its bands need not be as exact as the last one's.
const RESAMPLES = 200;

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
  return {...request, filter: `${request.filter ? `${request.filter} ` : ''}end_time<=${time}`, resamples: RESAMPLES};
}

export function ReplayedFigure({request, height, variants}: {request: FigureRequest, height: number, variants?: readonly string[] | undefined}) {
  const on = params.value.ended !== undefined;
  const ends = useEnds(on);
  // Of all variants that are drawn: its axes hold the points of each.
  const whole = useShown({request, variants: on ? variants : []}).figure;
  const playing = useSignal(false);
  const count = Math.max(1, Math.min(ends.length, Number(params.value.ended) || 1));
  // Where the slider is; the figure follows when it rests.
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
      <FigureView request={on && time !== undefined ? requestAt(request, time) : request} columns={1} height={height}
        variants={variants} axesOf={on ? whole : undefined} />
      {on ?
        <div class="replay">
          <button type="button" onClick={play}>{playing.value ? 'Pause' : 'Play'}</button>
          <label for="replay">Trials that had ended</label>
          <input id="replay" type="range" min={1} max={Math.max(1, ends.length)} value={at.value}
            onInput={event => { playing.value = false; at.value = Number(event.currentTarget.value); }} />
          <span role="status">{at.value} of {ends.length}{time !== undefined && `, ${dateTime(new Date(time * 1000).toISOString())}`}</span>
          <button type="button" class="quiet" onClick={() => { playing.value = false; setParams({ended: undefined}, false); }}>End the replay</button>
        </div> :
        <p class="replay"><button type="button" class="quiet" onClick={() => { playing.value = true; setParams({ended: '1'}, false); }}>Replay how it grew</button></p>}
    </>
  );
}
