import {COLUMNS, LIVE_COLUMNS} from '../api/columns';
import {setParams} from '../state/route';

// Which columns the table has beside those that it always has.
export function ColumnMenu({shown}: {shown: readonly string[]}) {
  const more = COLUMNS.filter(column => !LIVE_COLUMNS.includes(column.name));
  const turn = (name: string, on: boolean) => {
    const chosen = shown.filter(one => !LIVE_COLUMNS.includes(one) && one !== name);
    if (on) chosen.push(name);
    setParams({columns: chosen.join(',') || undefined});
  };
  return (
    <details class="menu">
      <summary>Columns</summary>
      <ul class="column-list">
        {more.map(column => (
          <li key={column.name}><label class="check"><input type="checkbox" checked={shown.includes(column.name)}
            onChange={event => turn(column.name, event.currentTarget.checked)} />{column.title}</label></li>
        ))}
      </ul>
    </details>
  );
}
