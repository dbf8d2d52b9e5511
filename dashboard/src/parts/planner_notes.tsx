import type {Campaign} from 'generated/api';
import {plannerNotes} from '../state/campaigns';
import {flops} from '../text/numbers';
import {Said} from '../text/said';

// What the search said last, and what it expects to cost; nothing if it said
// nothing.
export function PlannerNotes({campaign}: {campaign: Campaign | undefined}) {
  const notes = plannerNotes(campaign);
  if (notes.length === 0) return null;
  return (
    <ul class="planner">{notes.map(note => <li key={note}><Said text={note} /></li>)}
      {(campaign?.expected_flops ?? 0) > 0 && <li>about {flops(campaign?.expected_flops)} FLOPs are expected in all</li>}</ul>
  );
}
