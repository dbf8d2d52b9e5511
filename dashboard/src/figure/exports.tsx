import {useSignal} from '@preact/signals';
import {dark} from '../state/theme';
import {shortName} from '../text/numbers';
import type {FigureRequest} from './figures';

// What can be taken along: files that the coordinator draws, and the command
// that draws the same.

const FORMATS = [
  ['svg', 'SVG'], ['png', 'PNG'], ['pdf', 'PDF'], ['csv', 'CSV'], ['tex', 'pgfplots / TikZ'], ['gp', 'gnuplot'], ['json', 'JSON'],
] as const;

function fileOf(request: FigureRequest, format: string): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(request)) {
    if (key === 'campaign' || key === 'kind' || value === undefined || value === '' || value === 0 || value === false) continue;
    query.set(key, String(value));
  }
  if (dark.value && (format === 'svg' || format === 'png')) query.set('theme', 'dark');
  const tail = query.size ? `?${query}` : '';
  return `/v1/campaigns/${encodeURIComponent(shortName(request.campaign))}/figures/${request.kind}.${format}${tail}`;
}

// Only what a shell leaves alone goes without quotes.
const quoted = (text: string) => /^[\w./,:=+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

const FLAGS: Record<string, string> = {
  filter: '--where', budget_flops: '--budget', law: '--law', target_flops: '--target', isoflop_rule: '--rule',
  resamples: '--resamples', seed: '--seed', level: '--level', cost: '--cost', trials: '--trials',
};

export function commandOf(request: FigureRequest): string {
  const words = ['isoshape', 'plot', shortName(request.campaign), '--kind', request.kind];
  for (const [key, value] of Object.entries(request)) {
    const flag = FLAGS[key];
    if (!flag || value === undefined || value === '' || value === 0) continue;
    words.push(flag, String(value).replaceAll('_', key === 'filter' ? '_' : '-'));
  }
  if (request.show_failed) words.push('--failed');
  words.push('-o', `${request.kind}.svg`);
  return words.map(quoted).join(' ');
}

export function CopyButton({text, label}: {text: string, label: string}) {
  const copied = useSignal(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    copied.value = true;
    setTimeout(() => { copied.value = false; }, 1500);
  };
  return <button type="button" class="quiet" onClick={copy}>{copied.value ? 'Copied' : label}</button>;
}

export function Exports({request}: {request: FigureRequest}) {
  return (
    <details class="menu">
      <summary>Save</summary>
      <ul>
        {FORMATS.map(([format, name]) => (
          <li key={format}><a href={fileOf(request, format)} download={`${shortName(request.campaign)}-${request.kind}.${format}`}>{name}</a></li>
        ))}
        <li><CopyButton text={commandOf(request)} label="Copy command" /></li>
      </ul>
    </details>
  );
}
