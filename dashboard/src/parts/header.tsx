import {useEffect, useRef} from 'preact/hooks';
import {campaign, campaigns, viewsOf} from '../state/campaigns';
import {imported, importedAlone} from '../state/imported';
import {helpOpen, paletteOpen} from '../state/keys';
import {hrefOfView, route, type View} from '../state/route';
import {dark, switchTheme} from '../state/theme';
import {several} from '../text/numbers';
import {Progress, State} from './status';

// The tabs of the views. The one that is shown is brought into sight where they
// have no room.
function Tabs({name, view}: {name: string, view: View}) {
  const tabs = useRef<HTMLElement>(null);
  const views = viewsOf(campaign.value);
  useEffect(() => {
    const shown = tabs.current?.querySelector<HTMLElement>('[aria-current]');
    if (tabs.current && shown) tabs.current.scrollLeft = shown.offsetLeft - (tabs.current.clientWidth - shown.offsetWidth) / 2;
  }, [name, view, views.length]);
  return (
    <nav ref={tabs} aria-label="Views" class="tabs">
      {views.map(one => (
        <a key={one.id} href={hrefOfView(name, one.id)} title={`${one.tells} (g ${one.key})`}
          aria-current={one.id === view ? 'page' : undefined}>{one.name}</a>
      ))}
    </nav>
  );
}

// The head of every page: where the reader is and where else to go.
export function Header() {
  const {campaign: name, view} = route.value;
  const shown = campaign.value;
  const others = (campaigns.value?.length ?? 0) > 1;
  return (
    <header class="head">
      <div class="head-line">
        <a class="home" href="#/" aria-label="isoshape, all campaigns">isoshape</a>
        {name && <h1><span>{shown?.display_name || name}</span>{shown?.display_name && <small>{name}</small>}</h1>}
        {shown && <State state={shown.state} />}
        {shown && (importedAlone.value ? <span class="progress-text">{several(imported.value, 'imported trial')}</span> : <Progress campaign={shown} />)}
        <span class="head-space" />
        {others && name && <button type="button" class="quiet wide-only" onClick={() => { paletteOpen.value = true; }}>Go to <kbd>Ctrl K</kbd></button>}
        {shown && <a class="quiet" href={`/v1/campaigns/${encodeURIComponent(name)}/report.html`} download={`${name}.html`}
          title="all figures and tables in one file">Report</a>}
        <button type="button" class="quiet" onClick={switchTheme}>{dark.value ? 'Light' : 'Dark'}</button>
        <button type="button" class="quiet" aria-label="Keys" onClick={() => { helpOpen.value = true; }}>?</button>
      </div>
      {name && <Tabs name={name} view={view} />}
    </header>
  );
}
