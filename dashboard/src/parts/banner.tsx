import {connection} from '../api/live';
import {clock} from '../text/numbers';

// Says that the coordinator is away; what was loaded stays.
export function Banner() {
  const {live, since} = connection.value;
  return (
    <div role="status" class="banner-place">
      {!live && <p class="banner">Coordinator away since {since ? clock(since) : 'a while'}. What you see is as of then; the page goes on by itself when it is back.</p>}
    </div>
  );
}
