import type {CompareVariantsResponse, FigureTable, PairedDifference, VariantComparison} from 'generated/api';
import {bytes, count, flops, interval, loss, seconds, several} from '../text/numbers';
import {shapeNames} from './shape_names';

// The comparison of variants as words and tables.

const NONE = '–';
const signed = (value: number | null | undefined) =>
  typeof value === 'number' ? `${value > 0 ? '+' : ''}${value.toFixed(4)}` : NONE;

function costs(pair: PairedDifference | undefined): string[] {
  const means = pair?.variant;
  if (!means) return [NONE, NONE, NONE, NONE];
  return [loss(means.validation_loss), count(means.tokens), seconds(means.step_seconds), bytes(means.peak_memory_bytes)];
}

// Each variant has pairs of its own, over which the reference has another mean.
export function overallTable(answer: CompareVariantsResponse): FigureTable {
  const rows = (answer.comparisons ?? []).map(one => ({cells: [one.variant ?? '', String(one.overall?.pairs ?? 0),
    interval(one.overall?.difference, signed),
    one.overall?.reference ? loss(one.overall.reference.validation_loss) : NONE, ...costs(one.overall),
    String(one.diverged ?? 0), String(one.reference_diverged ?? 0), String(one.incomplete ?? 0)]}));
  return {
    columns: ['variant', 'pairs', 'difference of loss', `loss of ${answer.reference}`, 'its loss', 'tokens', 'a step', 'peak memory',
      'it alone diverged', `${answer.reference} alone diverged`, 'without a partner'],
    rows,
  };
}

export function shapesTable(answer: CompareVariantsResponse): FigureTable {
  const rows = (answer.comparisons ?? []).flatMap(one => {
    const names = shapeNames(one.shapes ?? []);
    return (one.shapes ?? []).map((pair, i) => ({cells: [
      one.variant ?? '', names[i] ?? '', flops(pair.budget_flops), String(pair.pairs ?? 0),
      interval(pair.difference, signed), loss(pair.reference?.validation_loss), loss(pair.variant?.validation_loss)]}));
  });
  return {columns: ['variant', 'depth × width', 'budget, FLOPs', 'pairs', 'difference of loss', `loss of ${answer.reference}`, 'its loss'], rows};
}

// -1, 1: its loss is lower, higher than the reference's, as far as the interval
// tells; 0: it does not tell.
function side(one: VariantComparison): number {
  const {lower, upper} = one.overall?.difference ?? {};
  if (typeof lower !== 'number' || typeof upper !== 'number') return 0;
  return upper < 0 ? -1 : lower > 0 ? 1 : 0;
}

export function told(answer: CompareVariantsResponse): string {
  const known = (answer.comparisons ?? []).filter(one => (one.overall?.pairs ?? 0) > 1);
  const names = (sign: number) => known.filter(one => side(one) === sign).map(one => one.variant).join(', ');
  const parts = [[-1, 'Lower loss than'], [1, 'Higher loss than'], [0, 'Not told apart by these pairs from']] as const;
  return parts.filter(([sign]) => names(sign)).map(([sign, said]) => `${said} ${answer.reference}: ${names(sign)}.`).join(' ') ||
    'No variant has two pairs of trials that succeeded yet.';
}

export function methodText(answer: CompareVariantsResponse): string {
  const pairs = (answer.comparisons ?? []).reduce((sum, one) => sum + (one.overall?.pairs ?? 0), 0);
  const known = answer.comparisons?.find(one => one.overall?.difference?.lower != null)?.overall?.difference;
  return `${several(pairs, 'pair')} of trials of one shape, budget and seed; above 0 the variant is worse.` +
    (known ? ` Intervals: ${Math.round((known.level ?? 0.95) * 100)} %, Student's t over the pairs.` : '');
}
