import type {DataBasis, Methods} from 'generated/api';
import {callUntilReached, messageOf, type Pace} from './rpc';

// Asks one question about a campaign, again and again as its results change.

// Between two requests, so that a campaign of many short trials does not have
// the page ask and redraw all the time; and the most, while the answer does not
// rest on the newest trials yet, which no change of the campaign tells.
const PAUSE_MS = 800, LONGEST_MS = 6400;

const isBehind = (answer: object) => ((answer as {basis?: DataBasis}).basis?.newer_trials ?? 0) > 0;

// One request at a time, and once more if something changed while it waited, so
// that an answer that takes long comes however often things change. A
// coordinator that many pages ask says how long each is to wait. What was told
// stays while the coordinator is away; the banner tells.
export class Asker<Method extends keyof Methods> {
  private abort = new AbortController();
  private busy = false;
  private again = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private patience = PAUSE_MS;
  private pace: Pace = {milliseconds: 0, older: false};

  constructor(private method: Method, private request: Methods[Method][0],
      private tell: (answer: Methods[Method][1] | undefined, error: string) => void) {}

  ask() {
    if (this.busy) {
      this.again = true;
      return;
    }
    clearTimeout(this.timer);
    this.busy = true;
    callUntilReached(this.method, this.request, this.abort.signal, pace => { this.pace = pace; }).then(answer => {
      if (this.abort.signal.aborted) return;
      this.tell(answer, '');
      this.rest(isBehind(answer));
    }, (error: unknown) => {
      if (this.abort.signal.aborted) return;
      this.tell(undefined, messageOf(error));
      this.rest(false);
    });
  }

  private rest(behind: boolean) {
    // What was made for others before may lack what this page has heard of.
    if (this.pace.older) this.again = true;
    this.timer = setTimeout(() => {
      this.busy = false;
      if (!behind) this.patience = PAUSE_MS;
      if (this.again) {
        this.again = false;
        this.ask();
      } else if (behind) {
        this.timer = setTimeout(() => this.ask(), this.patience);
        this.patience = Math.min(LONGEST_MS, 2 * this.patience);
      }
    }, Math.max(PAUSE_MS, this.pace.milliseconds));
  }

  stop() {
    clearTimeout(this.timer);
    this.abort.abort();
  }
}
