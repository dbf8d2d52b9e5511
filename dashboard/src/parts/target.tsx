import {useSignal, useSignalEffect} from '@preact/signals';
import {params, setParams} from '../state/route';
import {parseNumber} from '../text/numbers';

// The compute that is asked about.
export function TargetInput() {
  const text = useSignal(params.value.target ?? '');
  const wrong = useSignal(false);
  useSignalEffect(() => { text.value = params.value.target ?? ''; });
  const apply = () => {
    const value = parseNumber(text.value);
    wrong.value = text.value.trim() !== '' && !(value !== undefined && value > 0);
    if (!wrong.value) setParams({target: value ? String(value) : undefined}, false);
  };
  return (
    <form class="choice" onSubmit={event => { event.preventDefault(); apply(); }}>
      <label for="target">Target, FLOPs</label>
      <input id="target" type="text" size={13} placeholder="the campaign's" value={text.value} aria-invalid={wrong.value}
        onInput={event => { text.value = event.currentTarget.value; }} onBlur={apply} />
      {wrong.value && <span class="fault" role="alert">a number such as 1e13</span>}
    </form>
  );
}
