import {Replayed} from '../parts/replay';
import {figureRequest} from '../parts/request';

// The exponent of the best size by each method: where they disagree, no one
// number is to be trusted.
export function Methods() {
  return <Replayed figures={[{request: figureRequest('methods'), columns: 1, height: 320}]} />;
}
