import type {ColumnInfo, Value} from '../api/columns';
import {bytes, count, dateTime, duration, flops, loss, seconds, short, shortName} from './numbers';

// A value of a column of trials as people read it; empty if there is none.
export function cellText(column: ColumnInfo, value: Value): string {
  if (value === null) return '';
  if (typeof value === 'string') return column.name === 'worker' ? shortName(value) : value;
  switch (column.kind) {
    case 'flops': return flops(value);
    case 'count': return count(value);
    case 'loss': return loss(value);
    case 'bytes': return bytes(value);
    case 'seconds': return seconds(value);
    case 'duration': return duration(value);
    case 'time': return dateTime(new Date(value * 1000).toISOString());
    case 'number': return short(value, 4);
    default: return String(value);
  }
}
