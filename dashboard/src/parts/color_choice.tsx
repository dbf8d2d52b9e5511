import {campaign, variantsOf} from '../state/campaigns';
import {params} from '../state/route';
import {Choice} from './choice';

// What colours tell, if a campaign has variants: budgets or sizes of one
// variant, or all variants.

export const coloredVariants = (): readonly string[] | undefined => {
  const names = variantsOf(campaign.value);
  return params.value.color === 'variant' && names.length > 0 ? ['base', ...names] : undefined;
};

export function ColorChoice({of, each = 'each variant'}: {of: string, each?: string}) {
  if (variantsOf(campaign.value).length === 0) return null;
  return <Choice name="Colours tell" param="color" options={[['', of], ['variant', each]]} />;
}
