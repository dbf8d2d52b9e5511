import {NumberInput} from './number_input';

// The compute that is asked about.
export const TargetInput = () =>
  <NumberInput name="Target, FLOPs" param="target" hint="the campaign's" such="such as 1e13" />;
