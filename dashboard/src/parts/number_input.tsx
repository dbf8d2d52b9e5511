import {useSignal, useSignalEffect} from '@preact/signals';
import {params, setParams, type Params} from '../state/route';
import {parseNumber} from '../text/numbers';

// A number above 0 that is asked about, kept in the address. `hint` says what
// holds without one, `such` what is taken.
export function NumberInput({name, param, hint, such}: {name: string, param: keyof Params, hint: string, such: string}) {
  const text = useSignal(params.value[param] ?? '');
  const wrong = useSignal(false);
  useSignalEffect(() => { text.value = params.value[param] ?? ''; });
  const apply = () => {
    const value = parseNumber(text.value);
    wrong.value = text.value.trim() !== '' && !(value !== undefined && value > 0);
    if (!wrong.value) setParams({[param]: value ? String(value) : undefined}, false);
  };
  return (
    <form class="choice" onSubmit={event => { event.preventDefault(); apply(); }}>
      <label for={param}>{name}</label>
      <input id={param} type="text" size={13} placeholder={hint} value={text.value} aria-invalid={wrong.value}
        onInput={event => { text.value = event.currentTarget.value; }} onBlur={apply} />
      {wrong.value && <span class="fault" role="alert">a number {such}</span>}
    </form>
  );
}
