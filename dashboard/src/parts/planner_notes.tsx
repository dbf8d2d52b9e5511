import type {Campaign} from 'generated/api';
import {plannerNotes} from '../state/campaigns';
import {flops} from '../text/numbers';
import {Said} from '../text/said';

const expected = (campaign: Campaign | undefined) => campaign?.expected_flops ?? 0;

// Whether there is anything for PlannerNotes.
export const hasPlannerNotes = (campaign: Campaign | undefined): boolean =>
  plannerNotes(campaign).length > 0 || expected(campaign) > 0;

// What the search said last, and what it expects to cost; nothing if it said
// neither.
export function PlannerNotes({campaign}: {campaign: Campaign | undefined}) {
  if (!hasPlannerNotes(campaign)) return null;
  return (
    <ul class="planner">{plannerNotes(campaign).map(note => <li key={note}><Said text={note} /></li>)}
      {expected(campaign) > 0 && <li>about {flops(expected(campaign))} FLOPs are expected in all</li>}</ul>
  );
}
