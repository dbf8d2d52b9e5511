import {params, setParams, type Params} from '../state/route';

// One of a few, kept in the address.
export function Choice({name, param, options}: {name: string, param: keyof Params, options: readonly (readonly [string, string])[]}) {
  const id = `choice-${param}`;
  return (
    <label class="choice" for={id}>{name}
      <select id={id} value={params.value[param] ?? ''} onChange={event => setParams({[param]: event.currentTarget.value || undefined}, false)}>
        {options.map(([value, text]) => <option key={value} value={value}>{text}</option>)}
      </select>
    </label>
  );
}
