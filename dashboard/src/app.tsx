import {signal, effect} from '@preact/signals';
import {render, type FunctionComponent} from 'preact';
import {listen, onOpened} from './api/live';
import {Banner} from './parts/banner';
import {Filter} from './parts/filter';
import {Header} from './parts/header';
import {Help} from './parts/help';
import {campaign, campaigns, followCampaigns, loadCampaigns} from './state/campaigns';
import {listenToKeys} from './state/keys';
import {href, route, type View} from './state/route';
import {shortName} from './text/numbers';
import {Home} from './views/home';
import {Overview} from './views/overview';
import './state/theme';

const views: Partial<Record<View, FunctionComponent>> = {overview: Overview};
const creating = signal(false);

function Page() {
  const {campaign: name, view} = route.value;
  if (!name) return <Home onCreate={() => { creating.value = true; }} />;
  if (campaigns.value && !campaign.value) {
    return <div class="nothing"><p>There is no campaign {name}. <a href="#/">All campaigns</a></p></div>;
  }
  const Shown = views[view] ?? Overview;
  return <><Filter /><Shown key={`${name}/${view}`} /></>;
}

function App() {
  return (
    <>
      <a class="skip" href="#main" onClick={event => {
        event.preventDefault();
        document.querySelector<HTMLElement>('#main')?.focus();
      }}>Skip to the content</a>
      <Header />
      <Banner />
      <main id="main" tabIndex={-1}><Page /></main>
      <Help />
    </>
  );
}

// One campaign is opened at once, unless the reader asked for the list.
function openOnly() {
  const only = campaigns.peek()?.length === 1 ? campaigns.peek()?.[0] : undefined;
  if (!only || location.hash !== '') return;
  history.replaceState(null, '', href(shortName(only.name)));
  dispatchEvent(new HashChangeEvent('hashchange'));
}

effect(() => {
  const name = route.value.campaign;
  document.title = name ? `${campaign.value?.display_name || name} – isoshape` : 'isoshape';
});

followCampaigns();
listenToKeys();
render(<App />, document.getElementById('app') as HTMLElement);
void loadCampaigns().then(openOnly);
// What happened between the list and the stream is in neither.
onOpened(() => void loadCampaigns());
listen(0);
