// A table of things side by side, what differs first.

export interface Compared {
  title: string;
  // One for each column, as text.
  values: string[];
}

const differs = (row: Compared) => new Set(row.values).size > 1;

// Rows that tell something, what differs first.
export function ordered(rows: readonly Compared[]): Compared[] {
  const telling = rows.filter(row => row.values.some(value => value !== ''));
  return [...telling.filter(differs), ...telling.filter(row => !differs(row))];
}

export function Differences({label, columns, rows}: {label: string, columns: readonly string[], rows: readonly Compared[]}) {
  return (
    <div class="scroll" role="region" aria-label={`${label}, what differs first`} tabIndex={0}>
      <table>
        <thead><tr><th scope="col"><span class="hidden">what</span></th>{columns.map(name => <th key={name} scope="col">{name}</th>)}</tr></thead>
        <tbody>{ordered(rows).map(row => (
          <tr key={row.title} class={differs(row) ? '' : 'soft'}><th scope="row">{row.title}</th>
            {row.values.map((value, i) => <td key={i}>{value}</td>)}</tr>))}
        </tbody>
      </table>
    </div>
  );
}
