import {useSignal, useSignalEffect} from '@preact/signals';
import {useEffect} from 'preact/hooks';
import {call, messageOf} from '../api/rpc';
import {campaignName, params, setParams} from '../state/route';
import {Imported} from './imported';
import {VariantChoice} from './variant_choice';

// What a filter is refused with, `… (at 7)`, with a caret under the seventh
// letter.
function withCaret(filter: string, message: string): string {
  const at = /^(.*) \(at (\d+)\)$/s.exec(message);
  return at ? `${filter}\n${' '.repeat(Math.max(0, Number(at[2]) - 1))}^\n${at[1]}` : message;
}

// The filter of trials, for every figure and the table. What cannot be read is
// said with a caret under the fault, as the coordinator found it, and the filter
// that was there stays.
export function Filter() {
  const text = useSignal(params.value.where ?? '');
  const error = useSignal('');
  const matching = useSignal('');
  useSignalEffect(() => { text.value = params.value.where ?? ''; });
  const where = params.value.where ?? '';
  useEffect(() => {
    matching.value = '';
    if (!where) return;
    void try_(where).then(said => { matching.value = said ?? ''; });
  }, [where, campaignName.value]);

  // The number of trials that match, or nothing if the filter is refused.
  async function try_(filter: string): Promise<string | undefined> {
    try {
      const {matching: found = 0, total = 0} = await call('CampaignService/ListTrialTable',
          {parent: campaignName.peek(), filter, columns: ['number'], page_size: 1});
      error.value = '';
      return `${found.toLocaleString('en')} of ${total.toLocaleString('en')} trials`;
    } catch (refused) {
      error.value = withCaret(filter, messageOf(refused));
      return undefined;
    }
  }
  const apply = async () => {
    const filter = text.value.trim();
    if (filter === where) return;
    if (!filter || await try_(filter) !== undefined) {
      error.value = '';
      setParams({where: filter || undefined}, false);
    }
  };
  return (
    <form class="filter" onSubmit={event => { event.preventDefault(); void apply(); }}>
      <label for="filter">Filter</label>
      <input id="filter" type="text" value={text.value} spellcheck={false} autocomplete="off"
        placeholder="such as depth>4 budget=9e11" aria-invalid={error.value !== ''} aria-describedby="filter-says"
        onInput={event => { text.value = event.currentTarget.value; }} onBlur={() => void apply()} />
      {where && <button type="button" class="quiet" onClick={() => { error.value = ''; setParams({where: undefined}, false); }}>Clear</button>}
      <VariantChoice />
      <Imported />
      <label class="check"><input type="checkbox" checked={params.value.failed === '1'}
        onChange={event => setParams({failed: event.currentTarget.checked ? '1' : undefined}, false)} />Failed too</label>
      <span id="filter-says" class="filter-says" role="status">
        {error.value ? <pre class="fault">{error.value}</pre> : matching.value}
      </span>
    </form>
  );
}
