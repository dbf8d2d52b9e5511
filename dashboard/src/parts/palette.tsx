import {useSignal} from '@preact/signals';
import {campaign, campaigns, viewsOf} from '../state/campaigns';
import {paletteOpen} from '../state/keys';
import {goTo, route, setParams} from '../state/route';
import {shortName} from '../text/numbers';
import {Dialog} from './dialog';

// Goes to a campaign, a view or a trial by its name.

interface Goal {
  text: string;
  go: () => void;
}

const AT_MOST = 12;

function goals(): Goal[] {
  const here = route.value.campaign;
  const views = here ? viewsOf(campaign.value).map(view => ({text: `${view.name}: ${view.tells}`, go: () => goTo(here, view.id)})) : [];
  const others = (campaigns.value ?? []).map(one => {
    const name = shortName(one.name);
    return {text: one.display_name ? `${name}: ${one.display_name}` : name, go: () => goTo(name)};
  });
  return [...views, ...others, {text: 'All campaigns', go: () => goTo('')}];
}

function matching(typed: string): Goal[] {
  const trial = /^\s*(?:trial\s*)?(\d+)\s*$/.exec(typed)?.[1];
  const found = goals().filter(goal => typed.toLowerCase().split(/\s+/).every(word => goal.text.toLowerCase().includes(word)));
  if (trial && route.value.campaign) found.unshift({text: `Trial ${trial}`, go: () => setParams({sel: trial}, false)});
  return found.slice(0, AT_MOST);
}

export function Palette() {
  const typed = useSignal(''), at = useSignal(0);
  if (!paletteOpen.value) return null;
  const close = () => {
    paletteOpen.value = false;
    typed.value = '';
  };
  const found = matching(typed.value);
  const take = (goal: Goal | undefined) => {
    close();
    goal?.go();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') at.value = Math.min(found.length - 1, at.value + 1);
    else if (event.key === 'ArrowUp') at.value = Math.max(0, at.value - 1);
    else if (event.key === 'Enter') take(found[at.value]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title="Go to" onClose={close}>
      <input class="palette" type="text" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-label="Campaign, view or trial"
        aria-activedescendant={`palette-${at.value}`} value={typed.value} placeholder="a campaign, a view, the number of a trial"
        onInput={event => { typed.value = event.currentTarget.value; at.value = 0; }} onKeyDown={onKeyDown} />
      <ul id="palette-list" class="palette-list" role="listbox" aria-label="Found">
        {found.map((goal, i) => <li key={goal.text} id={`palette-${i}`} role="option" aria-selected={i === at.value} onClick={() => take(goal)}>{goal.text}</li>)}
      </ul>
    </Dialog>
  );
}
