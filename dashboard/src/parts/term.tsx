// A number with its name, and its interval set back.
export function FigureTerm({name, value, unit}: {name: string, value: string, unit: string}) {
  const [head, tail] = value.split(/ (?=\[)/);
  return (
    <div>
      <dt>{name}</dt>
      <dd><b>{head}</b>{tail && <span class="interval">{tail}</span>}{unit && <small>{unit}</small>}</dd>
    </div>
  );
}
