import {useSignal} from '@preact/signals';
import {useMemo} from 'preact/hooks';
import {call, messageOf, requestId} from '../api/rpc';
import {active, campaign} from '../state/campaigns';
import {campaignName, goTo, route} from '../state/route';
import {Dialog} from './dialog';

// Pause, resume, cancel and delete. What cannot be undone is asked for twice,
// deleting by typing the name.

type Asked = 'cancel' | 'delete' | undefined;

export function CampaignVerbs() {
  const one = campaign.value;
  const asked = useSignal<Asked>(undefined), error = useSignal('');
  const id = useMemo(requestId, [one?.name, one?.state]);
  if (!one) return null;
  const act = async (method: 'PauseCampaign' | 'ResumeCampaign' | 'CancelCampaign' | 'DeleteCampaign') => {
    try {
      const request = {name: campaignName.peek(), request_id: `${id}-${method}`};
      if (method === 'DeleteCampaign') {
        await call('CampaignService/DeleteCampaign', {...request, force: true});
        goTo('');
      } else {
        await call(`CampaignService/${method}`, request);
      }
      asked.value = undefined;
      error.value = '';
    } catch (refused) {
      error.value = messageOf(refused);
    }
  };
  return (
    <>
      {error.value && <p class="fault" role="alert">{error.value}</p>}
      <p class="buttons">
        {one.state === 'running' && <button type="button" onClick={() => void act('PauseCampaign')}>Pause</button>}
        {one.state === 'paused' && <button type="button" onClick={() => void act('ResumeCampaign')}>Resume</button>}
        {(active(one) || one.state === 'incomplete') && <button type="button" onClick={() => { asked.value = 'cancel'; }}>Cancel…</button>}
        <button type="button" class="danger" onClick={() => { asked.value = 'delete'; }}>Delete…</button>
      </p>
      {asked.value === 'cancel' && (
        <Dialog title={`Cancel ${route.value.campaign}?`} onClose={() => { asked.value = undefined; }}>
          <p>Trials that wait are cancelled at once, those that are trained when their worker obeys. It cannot be undone; results stay.</p>
          <p class="buttons"><button type="button" class="main" onClick={() => void act('CancelCampaign')}>Cancel the campaign</button></p>
        </Dialog>
      )}
      {asked.value === 'delete' && <Delete onClose={() => { asked.value = undefined; }} onDelete={() => void act('DeleteCampaign')} />}
    </>
  );
}

function Delete({onClose, onDelete}: {onClose: () => void, onDelete: () => void}) {
  const typed = useSignal('');
  const name = route.value.campaign;
  return (
    <Dialog title={`Delete ${name}?`} onClose={onClose}>
      <p>Its trials, measurements and results are deleted for good.</p>
      <form onSubmit={event => { event.preventDefault(); if (typed.value === name) onDelete(); }}>
        <label class="field"><span>Type {name} to delete it</span>
          <input type="text" value={typed.value} autocomplete="off" onInput={event => { typed.value = event.currentTarget.value; }} /></label>
        <p class="buttons"><button type="submit" class="danger" disabled={typed.value !== name}>Delete the campaign</button></p>
      </form>
    </Dialog>
  );
}
