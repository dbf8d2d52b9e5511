import {computed, signal} from '@preact/signals';
import type {Campaign, ChangeBatch} from 'generated/api';
import {call, messageOf} from '../api/rpc';
import {onChanges} from '../api/live';
import {campaignName, VIEWS} from './route';

// All campaigns, newest first, kept up to date by what the coordinator tells.

export const campaigns = signal<readonly Campaign[] | undefined>(undefined);
export const listError = signal('');

export const campaign = computed(() => campaigns.value?.find(one => one.name === campaignName.value));

// Trials of the shown campaign that changed, and a count that grows whenever
// the results of a campaign did, by name: figures are asked for anew then.
export const results = signal<ReadonlyMap<string, number>>(new Map());

export async function loadCampaigns(): Promise<void> {
  try {
    const all: Campaign[] = [];
    let token = '';
    do {
      const page = await call('CampaignService/ListCampaigns', {page_size: 1000, page_token: token});
      all.push(...page.campaigns ?? []);
      token = page.next_page_token ?? '';
    } while (token);
    campaigns.value = all;
    listError.value = '';
  } catch (error) {
    listError.value = messageOf(error);
  }
}

function apply(batch: ChangeBatch) {
  let all = campaigns.peek() ?? [];
  const grown = new Map(results.peek());
  for (const change of batch.changes ?? []) {
    const changed = change.campaign;
    if (!changed?.name) continue;
    const before = all.find(one => one.name === changed.name);
    if (change.deleted) all = all.filter(one => one !== before);
    else if (before) all = all.map(one => one === before ? changed : one);
    else all = [changed, ...all];
    if (!before || ended(before) !== ended(changed) || before.update_time !== changed.update_time) {
      grown.set(changed.name, (grown.get(changed.name) ?? 0) + 1);
    }
  }
  campaigns.value = all;
  results.value = grown;
}

// Trials that have ended, whatever came of them.
export function ended(one: Campaign | undefined): number {
  const counts = one?.trial_counts ?? {};
  return (counts.succeeded ?? 0) + (counts.diverged ?? 0) + (counts.stopped ?? 0) + (counts.failed ?? 0) +
    (counts.cancelled ?? 0);
}

export function trialsOf(one: Campaign | undefined): number {
  const counts = one?.trial_counts ?? {};
  return ended(one) + (counts.pending ?? 0) + (counts.leased ?? 0);
}

// How trials of a campaign may be trained beside `base`, by name; mostly none.
export const variantsOf = (one: Campaign | undefined): string[] => (one?.variants ?? []).map(variant => variant.name ?? '');

// The views of that campaign: without variants there is nothing to compare.
export const viewsOf = (one: Campaign | undefined) => VIEWS.filter(view => view.id !== 'variants' || variantsOf(one).length > 0);

export const active = (one: Campaign | undefined) => one?.state === 'running' || one?.state === 'paused';

// What the search said last, a budget at a time. It last spoke while it waited
// for the last trials, which an ended campaign does not.
export function plannerNotes(one: Campaign | undefined): string[] {
  const notes = (one?.planner_note ?? '').split(/; (?=budget )/).filter(Boolean);
  return active(one) ? notes : notes.map(note => note.replace(/, waiting for \d+ trials?/, ''));
}

// Makes every figure ask anew.
export function refreshAll() {
  results.value = new Map((campaigns.peek() ?? []).map(one =>
    [one.name ?? '', (results.peek().get(one.name ?? '') ?? 0) + 1]));
}

export function followCampaigns() {
  onChanges((batch, reset) => {
    if (reset) loadCampaigns().then(refreshAll);
    else apply(batch);
  });
}
