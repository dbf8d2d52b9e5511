import {useSignal, useSignalEffect} from '@preact/signals';
import {useMemo} from 'preact/hooks';
import type {FitLawRequestLaw, PredictShapeRequest, PredictShapeResponse} from 'generated/api';
import {FigureView, Warnings} from '../figure/figure_view';
import {useNew} from '../figure/said_before';
import {CopyButton} from '../figure/exports';
import {Choice} from '../parts/choice';
import {NextBudget} from '../parts/next_budget';
import {figureRequest} from '../parts/request';
import {shapeNames} from '../parts/shape_names';
import {TargetInput} from '../parts/target';
import {FigureTerm} from '../parts/term';
import {useAnswer} from '../state/answers';
import {importedAlone} from '../state/imported';
import {campaignName, params, setParams} from '../state/route';
import {predictCommand, predictPython} from '../text/commands';
import {count, flops, interval, loss, parseNumber, percent, seconds, shape} from '../text/numbers';
import {Said} from '../text/said';

// The best shape under limits that a reader sets, what the runners-up cost, and
// whether predictions came true before.

const LIMITS = [
  {key: 'max_parameters', name: 'Parameters at most', hint: '2M', unit: ''},
  {key: 'max_memory_bytes', name: 'Memory at most', hint: '2GiB', unit: ''},
  {key: 'max_decode_seconds', name: 'Seconds a token at most', hint: '0.002', unit: ''},
  {key: 'tokens_per_size', name: 'Tokens per unit of size', hint: 'the best', unit: ''},
  {key: 'serve_tokens', name: 'Tokens to serve', hint: 'none', unit: ''},
] as const;
type LimitKey = typeof LIMITS[number]['key'];

// `max_parameters=2000000,serve_tokens=1e9` in the address.
function limitsOf(text: string | undefined): Partial<Record<LimitKey, number>> {
  const limits: Partial<Record<LimitKey, number>> = {};
  for (const part of (text ?? '').split(',')) {
    const [key, value] = part.split('=');
    const known = LIMITS.find(limit => limit.key === key);
    if (known && Number(value) > 0) limits[known.key] = Number(value);
  }
  return limits;
}

function setLimit(key: LimitKey, value: number | undefined) {
  const limits = {...limitsOf(params.peek().limits), [key]: value};
  const text = Object.entries(limits).filter(([, one]) => one).map(([name, one]) => `${name}=${one}`).join(',');
  setParams({limits: text || undefined}, false);
}

function LimitInput({limit}: {limit: typeof LIMITS[number]}) {
  const value = () => {
    const own = limitsOf(params.value.limits)[limit.key];
    return own ? String(own) : '';
  };
  const text = useSignal(value()), wrong = useSignal(false);
  useSignalEffect(() => { text.value = value(); });
  const apply = () => {
    const number = parseNumber(text.value);
    wrong.value = text.value.trim() !== '' && !(number !== undefined && number > 0);
    if (!wrong.value) setLimit(limit.key, number);
  };
  return (
    <label class="field"><span>{limit.name}</span>
      <input type="text" size={9} placeholder={limit.hint} value={text.value} aria-invalid={wrong.value}
        onInput={event => { text.value = event.currentTarget.value; }} onBlur={apply}
        onKeyDown={event => { if (event.key === 'Enter') apply(); }} />
    </label>
  );
}

function RunnersUp({answer}: {answer: PredictShapeResponse}) {
  const shapes = answer.shapes ?? [];
  if (shapes.length === 0) return null;
  const latency = shapes.some(one => one.decode_seconds !== undefined);
  const beyond = shapes.some(one => one.beyond);
  const names = shapeNames(shapes);
  return (
    <section>
      <h2>Best shape and runners-up</h2>
      <p class="note">Wasted compute: the share of the target that the best shape would need less for the same loss.</p>
      <div class="scroll" role="region" aria-label="Best shape and runners-up" tabIndex={0}>
        <table class="numbers">
          <thead><tr><th scope="col">depth × width</th><th scope="col">parameters</th><th scope="col">tokens</th><th scope="col">loss</th>
            <th scope="col">above best</th><th scope="col">wasted compute</th>{latency && <th scope="col">decode, a token</th>}{beyond && <th scope="col">beyond what was measured</th>}</tr></thead>
          <tbody>{shapes.map((one, i) => (
            <tr key={i} class={i === 0 ? 'first' : ''}>
              <th scope="row">{names[i]}</th>
              <td>{count(one.parameters)}</td><td>{count(one.tokens)}</td><td>{loss(one.loss)}</td>
              <td>{i === 0 ? '–' : `+${(one.above_best ?? 0).toFixed(4)}`}</td><td>{i === 0 ? '–' : percent(one.wasted_compute)}</td>
              {latency && <td>{seconds(one.decode_seconds)}</td>}{beyond && <td>{one.beyond}</td>}
            </tr>))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

// What it rests on, and what was tried of it when it is asked for.
function Method({text}: {text: string}) {
  const [law = '', ...more] = text.split('; ');
  if (more.length === 0) return <p class="note">{law}</p>;
  return (
    <details class="more"><summary>By {law}: how, and how well it did before</summary>
      <ul class="notes">{more.map(part => <li key={part}>{part}</li>)}</ul></details>
  );
}

function Answered({answer, warnings}: {answer: PredictShapeResponse, warnings: readonly string[]}) {
  return (
    <section class="answer">
      <p class="answer-shape">
        <strong>{answer.shape ? shape(answer.shape.depth, answer.shape.width) : '–'}</strong>
        <span class="answer-lead">{answer.unidentified || `depth × width at ${flops(answer.target_flops)} FLOPs`}</span>
      </p>
      <dl class="terms">
        <FigureTerm name="Loss" value={interval(answer.loss, loss)} unit="nats per token" />
        <FigureTerm name="Best size N*" value={interval(answer.optimal_size, count)} unit={importedAlone.value ? 'parameters' : 'FLOPs per token / 6'} />
        <FigureTerm name="Tokens D*" value={interval(answer.optimal_tokens, count)} unit={answer.constraint ?? ''} />
        <FigureTerm name="Decode, a token" value={seconds(answer.decode_seconds)} unit="" />
      </dl>
      {answer.method && <Method text={answer.method} />}
      <Warnings list={warnings} />
    </section>
  );
}

export function Prediction() {
  const request: PredictShapeRequest = {campaign: campaignName.value, choices: 8, ...limitsOf(params.value.limits)};
  if (params.value.variant) request.variant = params.value.variant;
  if (params.value.imported) request.imported = true;
  if (params.value.target) request.target_flops = Number(params.value.target);
  if (params.value.law) request.law = params.value.law as FitLawRequestLaw;
  const {answer, error} = useAnswer('AnalysisService/PredictShape', request, campaignName.value);
  const refusal = useMemo(() => error ? [error] : undefined, [error]);
  const warnings = useNew<HTMLDivElement>(refusal ?? answer?.warnings);
  return (
    <>
      <div class="controls">
        <TargetInput />
        <Choice name="By" param="law" options={[['', 'the law that the trials identify'], ['surface', 'surface'], ['shape', 'shape law'],
          ['parametric', 'parametric law'], ['isoflop', 'isoFLOP trend']]} />
        <span><CopyButton text={predictCommand(request)} label="Copy command" />
          <CopyButton text={predictPython(request, location.origin)} label="Copy Python" /></span>
      </div>
      <div class="field-row limits">{LIMITS.map(limit => <LimitInput key={limit.key} limit={limit} />)}</div>
      <div ref={warnings.ref}>
        {error && <div class="nothing" role="status"><p><Said text={error} /></p><NextBudget request={request} /></div>}
        {answer && !error && <Answered answer={answer} warnings={warnings.list} />}
      </div>
      {answer && !error && <RunnersUp answer={answer} />}
      <FigureView columns={2} request={figureRequest('prediction', {
        target_flops: request.target_flops, law: request.law,
      })} />
    </>
  );
}
