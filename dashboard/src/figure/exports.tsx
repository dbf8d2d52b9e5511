import {useSignal} from '@preact/signals';
import {dark} from '../state/theme';
import {plotCommand, plotPython} from '../text/commands';
import {shortName} from '../text/numbers';
import type {FigureRequest} from './figures';

// What can be taken along: files that the coordinator draws, and the command and
// the lines of Python that draw the same.

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
        <li><CopyButton text={plotCommand(request)} label="Copy command" /></li>
        <li><CopyButton text={plotPython(request, location.origin)} label="Copy Python" /></li>
      </ul>
    </details>
  );
}
