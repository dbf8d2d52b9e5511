import {helpOpen, KEYS} from '../state/keys';
import {Dialog} from './dialog';

// The list of keys.
export function Help() {
  if (!helpOpen.value) return null;
  return (
    <Dialog title="Keys" onClose={() => { helpOpen.value = false; }}>
      <dl class="keys">
        {KEYS.map(([key, does]) => (
          <div key={key}><dt>{key.split(' ').map(one => <kbd key={one}>{one}</kbd>)}</dt><dd>{does}</dd></div>
        ))}
      </dl>
    </Dialog>
  );
}
