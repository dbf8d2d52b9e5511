import type {PredictShapeRequest} from 'generated/api';
import type {FigureRequest} from '../figure/figures';
import {shortName} from './numbers';

// What asks the same elsewhere: a command of `isoshape`, and lines of Python.
// tests/dashboard/pages/full/commands.test.mjs runs both.

// Only what a shell leaves alone goes without quotes.
const quoted = (text: string) => /^[\w./,:=+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

// As short as is exact: 9e11.
export const exact = (value: number) => Math.abs(value) >= 1e6 ? value.toExponential().replace('e+', 'e') : String(value);

const asked = (value: unknown) => value !== undefined && value !== null && value !== '' && value !== 0 && value !== false;

function words(request: object, flags: Record<string, string>): string[] {
  const found: string[] = [];
  for (const [key, flag] of Object.entries(flags)) {
    const value = (request as Record<string, unknown>)[key];
    if (!asked(value)) continue;
    found.push(flag);
    if (value !== true) found.push(typeof value === 'number' ? exact(value) : String(value));
  }
  return found;
}

const PLOT_FLAGS = {
  filter: '--where', variant: '--variant', imported: '--imported', budget_flops: '--budget', law: '--law', isoflop_rule: '--rule', target_flops: '--target-flops',
  resamples: '--resamples', seed: '--seed', level: '--level', cost: '--cost', max_cost: '--max-cost', trials: '--trials', show_failed: '--all-trials',
  max_marks: '--max-marks',
};

export function plotCommand(request: FigureRequest): string {
  return ['isoshape', 'plot', shortName(request.campaign), '--kind', request.kind, ...words(request, PLOT_FLAGS),
    '--file', `${request.kind}.svg`].map(quoted).join(' ');
}

const PREDICT_FLAGS = {
  variant: '--variant', imported: '--imported', target_flops: '--target', law: '--law', max_parameters: '--max-parameters', max_memory_bytes: '--max-memory',
  max_decode_seconds: '--max-decode-seconds', tokens_per_size: '--tokens-per-param', serve_tokens: '--serve-tokens',
};

export function predictCommand(request: PredictShapeRequest): string {
  return ['isoshape', 'predict', shortName(request.campaign), ...words(request, PREDICT_FLAGS)].map(quoted).join(' ');
}

// Whether more is asked than the best shape that the trials tell: a target, a
// law or limits, which may be refused whatever is measured.
export const asksMore = ({campaign: _campaign, choices: _choices, variant: _variant, imported: _imported, ...own}: PredictShapeRequest): boolean =>
  Object.values(own).some(asked);

// The next budget of a campaign: as much larger than its largest as that is
// than the one before, and at least twice.
export function extendCommand(campaign: string | undefined, budgets: readonly (number | null)[]): string {
  const last = budgets.at(-1) ?? 0, before = budgets.at(-2);
  const factor = before ? Math.max(2, last / before) : 3;
  return ['isoshape', 'campaign', 'extend', shortName(campaign), '--budgets', exact(Number((last * factor).toPrecision(3)))].map(quoted).join(' ');
}

export const retryCommand = (campaign: string | undefined, trial: number): string =>
  ['isoshape', 'trial', 'retry', `${shortName(campaign)}/${trial}`].map(quoted).join(' ');

const GRPC_PORT = 50551;
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

// Starts a worker that has these datasets, for the coordinator on that host and
// port of gRPC (0: not known). `--data PATH` alone is the data named text; tasks
// that are generated need none.
export function workerCommand(datasets: readonly string[], host: string, port: number): string {
  const named = [...new Set(datasets)].filter(name => !name.startsWith('synthetic:'));
  const data = named.map(name => name === 'text' ? 'PATH' : `${name}=PATH`);
  if (data.length === 0) data.push(datasets.length > 0 ? 'synthetic:' : 'PATH');
  const usual = LOOPBACK.includes(host) && (port === GRPC_PORT || port === 0);
  return ['isoshape worker', ...usual ? [] : [`--server ${host}:${port || GRPC_PORT}`],
    ...data.map(one => `--data ${one}`)].join(' ');
}

function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'number' ? exact(value) : JSON.stringify(value);
}

function options(request: object, keys: readonly string[]): string {
  return Object.entries(request).filter(([key, value]) => keys.includes(key) && asked(value))
      .map(([key, value]) => `, ${key}=${literal(value)}`).join('');
}

function python(campaign: string | undefined, address: string, line: string): string {
  return `import isoshape\n\niso = isoshape.connect(${literal(address)})\nc = iso.campaigns.get(${literal(shortName(campaign))})\n${line}\n`;
}

// The figure shows itself in a notebook, and is a file after `.save("isoflop.pdf")`.
export function plotPython(request: FigureRequest, address: string): string {
  return python(request.campaign, address, `c.figure(${literal(request.kind)}${options(request, Object.keys(PLOT_FLAGS))})`);
}

export function predictPython(request: PredictShapeRequest, address: string): string {
  const {target_flops: target, ...rest} = request;
  return python(request.campaign, address,
      `c.predict(${asked(target) ? literal(target) : 'None'}${options(rest, Object.keys(PREDICT_FLAGS))})`);
}
