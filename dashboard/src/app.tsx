import {signal, effect} from '@preact/signals';
import {render, type FunctionComponent} from 'preact';
import {listen, onOpened} from './api/live';
import {soundOn} from './figure/sound';
import {Banner} from './parts/banner';
import {Filter} from './parts/filter';
import {Header} from './parts/header';
import {CreateCampaign} from './parts/create';
import {Help} from './parts/help';
import {NoResult} from './parts/no_result';
import {Palette} from './parts/palette';
import {TrialCard} from './parts/trial_card';
import {campaign, campaigns, followCampaigns, loadCampaigns} from './state/campaigns';
import {countImported, importedAlone} from './state/imported';
import {listenToKeys} from './state/keys';
import {href, params, route, type View} from './state/route';
import {readServer} from './state/server';
import {shortName} from './text/numbers';
import {Curves} from './views/curves';
import {Diagnostics} from './views/diagnostics';
import {Home} from './views/home';
import {Methods} from './views/methods';
import {Overview} from './views/overview';
import {Prediction} from './views/prediction';
import {Shapes} from './views/shapes';
import {Trends} from './views/trends';
import {Trials} from './views/trials';
import {Variants} from './views/variants';
import {Workers} from './views/workers';
import './state/theme';

const views: Record<View, FunctionComponent> = {
  overview: Overview, prediction: Prediction, trends: Trends, variants: Variants, methods: Methods, shapes: Shapes, curves: Curves,
  diagnostics: Diagnostics, trials: Trials, workers: Workers,
};
// Views that tell something before any trial has succeeded.
const EARLY: readonly View[] = ['curves', 'trials', 'workers'];
const creating = signal(false);

function Page() {
  const {campaign: name, view} = route.value;
  if (!name) return <Home onCreate={() => { creating.value = true; }} />;
  if (campaigns.value && !campaign.value) {
    return <div class="nothing"><p>There is no campaign {name}. <a href="#/">All campaigns</a></p></div>;
  }
  if (campaign.value?.trial_counts?.succeeded === 0 && !params.value.imported && !importedAlone.value && !EARLY.includes(view)) return <NoResult />;
  const Shown = views[view];
  // Variants are compared over all their pairs.
  return <>{view !== 'variants' && <Filter />}<Shown key={`${name}/${view}`} /></>;
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
      <p class="hidden" role="status">{soundOn.value ? 'Points are played as tones.' : ''}</p>
      <TrialCard />
      <Help />
      <Palette />
      {creating.value && <CreateCampaign onClose={() => { creating.value = false; }} />}
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

void readServer();
followCampaigns();
countImported();
listenToKeys();
render(<App />, document.getElementById('app') as HTMLElement);
void loadCampaigns().then(openOnly);
// What happened between the list and the stream is in neither.
onOpened(() => void loadCampaigns());
listen(0);
