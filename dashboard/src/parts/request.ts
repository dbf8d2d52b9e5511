import type {FigureKind} from 'generated/api';
import type {FigureRequest} from '../figure/figures';
import {campaignName, params} from '../state/route';

// The filter of the table of trials, which says by a column of which variant
// they are.
export function tableFilter(): string {
  const {where, variant} = params.value;
  return [where, variant && `variant:${variant}`].filter(Boolean).join(' ');
}

// A request for a figure of the shown campaign, under the filter that holds for
// all. Failed trials are asked for only of kinds that show them.
const SHOWS_FAILED: readonly FigureKind[] = ['isoflop', 'envelope', 'heatmap', 'aspect', 'curves', 'pareto'];

export function figureRequest(kind: FigureKind, also: Partial<FigureRequest> = {}): FigureRequest {
  const request: FigureRequest = {campaign: campaignName.value, kind, ...also};
  if (params.value.where) request.filter = params.value.where;
  if (params.value.variant) request.variant = params.value.variant;
  if (params.value.failed && SHOWS_FAILED.includes(kind)) request.show_failed = true;
  if (params.value.imported) request.imported = true;
  for (const [key, value] of Object.entries(request)) {
    if (value === undefined) delete request[key as keyof FigureRequest];
  }
  return request;
}
