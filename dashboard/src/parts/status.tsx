import type {Campaign} from 'generated/api';
import {ended, trialsOf} from '../state/campaigns';

// The state of a campaign or trial: a word, of which a phone's table has the
// first letter, and a mark that says the same by colour and form.
export function State({state}: {state: string | undefined}) {
  const word = (state ?? 'unknown').replace('_', ' ');
  return <span class={`state state-${state ?? 'unknown'}`} title={word}><span>{word}</span></span>;
}

const PARTS = ['succeeded', 'diverged', 'stopped', 'failed', 'cancelled', 'leased'] as const;

// How many trials have ended, by how.
export function Progress({campaign}: {campaign: Campaign | undefined}) {
  const counts = campaign?.trial_counts ?? {};
  const total = trialsOf(campaign);
  const done = ended(campaign);
  const said = PARTS.filter(part => counts[part]).map(part => `${counts[part]} ${part}`);
  return (
    <span class="progress" role="img" aria-label={`${done} of ${total} trials have ended: ${said.join(', ')}`} title={said.join(', ')}>
      <span class="progress-bar">
        {PARTS.map(part => counts[part] ? <span key={part} class={`part-${part}`} style={{flexGrow: counts[part]}} /> : null)}
        {counts.pending ? <span class="part-pending" style={{flexGrow: counts.pending}} /> : null}
      </span>
      <span class="progress-text">{done.toLocaleString('en')} / {total.toLocaleString('en')}</span>
    </span>
  );
}
