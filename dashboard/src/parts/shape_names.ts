import type {Shape} from 'generated/api';
import {shape as named} from '../text/numbers';

// Names of shapes that stand in one list.

interface Listed {
  shape?: Shape | undefined;
  budget_flops?: number | null | undefined;
}

// A field of a shape in words: `ffn 96`, `kv heads 2`, `tied embedding`.
function option(field: string, value: unknown): string {
  const words = field.replace('ffn_width', 'ffn').replaceAll('_', ' ');
  if (typeof value === 'boolean') return value ? words : `no ${words}`;
  return `${words} ${typeof value === 'string' ? value.replaceAll('_', ' ') : value}`;
}

// Names of depth and width, one for each; shapes of one budget that have these
// in common are told apart by whatever else they differ in.
export function shapeNames(all: readonly Listed[]): string[] {
  const plain = all.map(one => named(one.shape?.depth, one.shape?.width));
  const place = all.map((one, i) => `${plain[i]} ${one.budget_flops ?? 0}`);
  return all.map((one, i) => {
    const alike = all.filter((_, j) => place[j] === place[i]).map(other => (other.shape ?? {}) as Record<string, unknown>);
    if (alike.length === 1) return plain[i] ?? '';
    const own = (one.shape ?? {}) as Record<string, unknown>;
    const fields = [...new Set(alike.flatMap(Object.keys))].filter(field => new Set(alike.map(other => other[field])).size > 1);
    return [plain[i], ...fields.map(field => option(field, own[field] ?? 0))].join(', ');
  });
}
