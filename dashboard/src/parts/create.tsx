import {useSignal, type Signal} from '@preact/signals';
import {useEffect, useMemo, useRef} from 'preact/hooks';
import type {Campaign, CreateCampaignRequest} from 'generated/api';
import type AllFields from 'generated/campaign_fields.json';
import {call, messageOf, requestId} from '../api/rpc';
import {goTo} from '../state/route';
import {parseNumber, shortName} from '../text/numbers';
import {Dialog, focusFirst} from './dialog';

// The form of a new campaign: every field of the protos that a user may set,
// with what they say of it. The coordinator validates as one types, and what it
// would fill in stands in the empty fields. What the protos say is fetched when
// the form is opened: no picture needs it.

// Its address, which build.mjs writes here.
declare const CAMPAIGN_FIELDS: string;

interface Field {
  name: string;
  kind: string;
  choices?: string[];
  list?: boolean;
  help: string;
}
// By `recipe.learning_rate` what was typed.
type Typed = Record<string, string>;

export type Fields = typeof AllFields;

// How the search puts its trials, by the arm of `algorithm`.
const ALGORITHMS = (fields: Fields) => [
  {name: 'grid', title: 'Grid', fields: fields.GridAlgorithm},
  {name: 'sobol', title: 'Sobol points', fields: fields.SobolAlgorithm},
  {name: 'optimum', title: 'Where a run tells most', fields: fields.OptimumAlgorithm},
  {name: 'random', title: 'Random points', fields: fields.RandomAlgorithm},
  {name: 'gp', title: 'Gaussian process', fields: fields.GpAlgorithm},
  {name: 'asha', title: 'Asynchronous successive halving', fields: fields.AshaAlgorithm},
  {name: 'hyperband', title: 'Hyperband', fields: fields.HyperbandAlgorithm},
  {name: 'pareto', title: 'Front of loss and costs', fields: fields.ParetoAlgorithm},
  {name: 'external', title: 'None: trials are added by hand or by programs', fields: fields.ExternalAlgorithm},
] as const;
const ARM = 'algorithm';

const groupsOf = (fields: Fields) => [
  {title: 'Shapes', prefix: 'space.', fields: fields.SearchSpace},
  {title: 'Options that all shapes share', prefix: 'space.base.', fields: fields.Shape.filter(field => !['depth', 'width', 'heads', 'ffn_width'].includes(field.name))},
  {title: 'Recipe', prefix: 'recipe.', fields: fields.Recipe},
] as const;
const FIRST = ['budgets', 'dataset', 'seeds', 'display_name'];
const byPath = (fields: Fields) => new Map<string, Field>([
  ...fields.Campaign.map((field: Field) => [field.name, field] as const),
  ...groupsOf(fields).flatMap(group => group.fields.map((field: Field) => [group.prefix + field.name, field] as const)),
  ...ALGORITHMS(fields).flatMap(one => one.fields.map((field: Field) => [`${ARM}.${one.name}.${field.name}`, field] as const)),
]);

function valueOf(field: Field, text: string): unknown {
  if (field.list) return text.split(/[\s,]+/).filter(Boolean).map(one => parseNumber(one) ?? one);
  if (field.kind === 'number') return parseNumber(text) ?? text;
  return field.kind === 'yes' ? text === 'true' : text;
}

// A campaign as JSON from what was typed, nested by the dots of the paths. What
// was typed of an algorithm before another was chosen stays out.
export function campaignOf(typed: Typed, fields: Fields): Campaign {
  const chosen = typed[ARM];
  const campaign: Record<string, unknown> = chosen ? {[ARM]: {[chosen]: {}}} : {};
  const known = byPath(fields);
  for (const [path, text] of Object.entries(typed)) {
    const field = known.get(path);
    if (!field || text.trim() === '') continue;
    if (chosen && path.startsWith(`${ARM}.`) && !path.startsWith(`${ARM}.${chosen}.`)) continue;
    const steps = path.split('.');
    const last = steps.pop() ?? '';
    let at = campaign;
    for (const step of steps) at = (at[step] ??= {}) as Record<string, unknown>;
    at[last] = valueOf(field, text.trim());
  }
  return campaign as Campaign;
}

function filledIn(campaign: Campaign | undefined, path: string): string {
  let at: unknown = campaign;
  for (const step of path.split('.')) at = (at as Record<string, unknown> | undefined)?.[step];
  if (at === undefined || at === null || at === '' || at === 0) return '';
  return Array.isArray(at) ? at.join(', ') : String(at);
}

function Input({field, path, typed, defaults}: {field: Field, path: string, typed: Signal<Typed>, defaults: Campaign | undefined}) {
  const set = (value: string) => { typed.value = {...typed.value, [path]: value}; };
  const id = `create-${path}`, value = typed.value[path] ?? '', hint = filledIn(defaults, path);
  // Of a list several may be named.
  const choices = field.kind === 'yes' ? ['true'] : field.list ? undefined : field.choices;
  return (
    <div class="field">
      <label for={id}>{field.name.replaceAll('_', ' ')}</label>
      {choices ?
        <select id={id} value={value} aria-describedby={`${id}-help`} onChange={event => set(event.currentTarget.value)}>
          <option value="">{hint || (field.kind === 'yes' ? 'no' : 'default')}</option>
          {choices.map(choice => <option key={choice} value={choice}>{field.kind === 'yes' ? 'yes' : choice}</option>)}
        </select> :
        <input id={id} type="text" value={value} placeholder={hint || (field.choices ?? []).join(', ')} aria-describedby={`${id}-help`} onInput={event => set(event.currentTarget.value)} />}
      <small id={`${id}-help`}>{field.help}</small>
    </div>
  );
}

function AlgorithmChoice({fields, typed, filledIn}: {fields: Fields, typed: Signal<Typed>, filledIn: string}) {
  return (
    <div class="field">
      <label for="create-algorithm">algorithm</label>
      <select id="create-algorithm" value={typed.value[ARM] ?? ''} aria-describedby="create-algorithm-help"
        onChange={event => { typed.value = {...typed.value, [ARM]: event.currentTarget.value}; }}>
        <option value="">{typed.value[ARM] ? 'default' : filledIn}</option>
        {ALGORITHMS(fields).map(one => <option key={one.name} value={one.name}>{one.name}: {one.title}</option>)}
      </select>
      <small id="create-algorithm-help">It proposes the trials of a campaign; docs/search.md compares them.</small>
    </div>
  );
}

const PAUSE_MS = 250;

// What the coordinator says of the campaign so far.
function useValidation(request: CreateCampaignRequest) {
  const state = useSignal<{campaign?: Campaign | undefined, error: string}>({error: ''});
  const key = JSON.stringify(request);
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => {
      call('CampaignService/CreateCampaign', {...request, validate_only: true}, abort.signal).then(
          campaign => { state.value = {campaign, error: ''}; },
          (refused: unknown) => {
            if (!abort.signal.aborted) state.value = {...state.peek(), error: messageOf(refused)};
          });
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [key]);
  return state.value;
}

export function CreateCampaign({onClose}: {onClose: () => void}) {
  const fields = useSignal<Fields | undefined>(undefined), error = useSignal('');
  useEffect(() => {
    const abort = new AbortController();
    fetch(CAMPAIGN_FIELDS, {signal: abort.signal}).then(async response => {
      if (!response.ok) throw new Error(`the coordinator answered ${response.status}: load the page anew`);
      fields.value = await response.json() as Fields;
    }).catch((refused: unknown) => {
      if (!abort.signal.aborted) error.value = messageOf(refused);
    });
    return () => abort.abort();
  }, []);
  return (
    <Dialog title="New campaign" onClose={onClose} wide>
      {error.value && <p class="fault" role="alert">The form could not be read: {error.value}</p>}
      {!fields.value && !error.value && <p class="note" role="status" aria-busy="true">Loading …</p>}
      {fields.value && <Form fields={fields.value} onClose={onClose} />}
    </Dialog>
  );
}

function Form({fields, onClose}: {fields: Fields, onClose: () => void}) {
  const typed = useSignal<Typed>({budgets: '1e11, 3e11, 9e11'});
  const campaignId = useSignal(''), failed = useSignal(''), busy = useSignal(false);
  const id = useMemo(requestId, []);
  const form = useRef<HTMLFormElement>(null);
  // The dialog found nothing to type when it was opened.
  useEffect(() => focusFirst(form.current), []);
  const request = {campaign: campaignOf(typed.value, fields), campaign_id: campaignId.value.trim()};
  const {campaign, error} = useValidation(request);
  const algorithm = typed.value[ARM] || Object.keys(campaign?.algorithm ?? {})[0] || 'grid';
  const create = async () => {
    busy.value = true;
    try {
      const made = await call('CampaignService/CreateCampaign', {...request, request_id: id});
      onClose();
      goTo(shortName(made.name));
    } catch (refused) {
      failed.value = messageOf(refused);
      busy.value = false;
    }
  };
  const input = (field: Field, prefix = '') =>
    <Input key={prefix + field.name} field={field} path={prefix + field.name} typed={typed} defaults={campaign} />;
  const rest = fields.Campaign.filter(field => !FIRST.includes(field.name));
  return (
    <form ref={form} onSubmit={event => { event.preventDefault(); void create(); }}>
      <div class="fields">
        <div class="field"><label for="create-id">id</label>
          <input id="create-id" type="text" value={campaignId.value} placeholder="c1, c2, … by the coordinator" onInput={event => { campaignId.value = event.currentTarget.value; }} />
          <small>Letters, digits, _ - . at most 63.</small></div>
        {fields.Campaign.filter(field => FIRST.includes(field.name)).map(field => input(field))}
      </div>
      <details class="more"><summary>Limits and target</summary><div class="fields">{rest.map(field => input(field))}</div></details>
      {groupsOf(fields).map(group => (
        <details key={group.title} class="more"><summary>{group.title}</summary>
          <div class="fields">{group.fields.map(field => input(field, group.prefix))}</div></details>
      ))}
      <details class="more"><summary>How the search puts its trials</summary><div class="fields">
        <AlgorithmChoice fields={fields} typed={typed} filledIn={algorithm} />
        {ALGORITHMS(fields).find(one => one.name === algorithm)?.fields.map((field: Field) => input(field, `${ARM}.${algorithm}.`))}
      </div></details>
      <div class="create-foot" role="status">
        {error || failed.value ? <p class="fault">{error || failed.value}</p> : <p class="note">{campaign?.planner_note}</p>}
        <button type="submit" class="main" disabled={busy.value || error !== ''}>Create</button>
      </div>
    </form>
  );
}
