import {imported, importedAlone} from '../state/imported';
import {params, setParams} from '../state/route';
import {several} from '../text/numbers';

// Whether fits and figures are also of the trials that were trained elsewhere
// and imported, if the campaign has some: they are marks of their own there.
// Where there are no others, everything is of these.
export function Imported() {
  const count = imported.value;
  // An address may ask for what is not there: it is shown, to be taken back.
  if (count === 0 && !params.value.imported) return null;
  const alone = importedAlone.value;
  return (
    <label class="check"><input type="checkbox" checked={alone || params.value.imported === '1'} disabled={alone}
      onChange={event => setParams({imported: event.currentTarget.checked ? '1' : undefined}, false)} />
      {alone ? `${several(count, 'imported trial')}, trained elsewhere, and no others` : `Fit ${several(count, 'imported trial')} too`}</label>
  );
}
