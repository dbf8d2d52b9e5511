import {signal} from '@preact/signals';
import {useEffect, useMemo} from 'preact/hooks';

// What several figures of a page warn of is said by the first of them.

const said = signal<ReadonlyMap<number, readonly string[]>>(new Map());
let figures = 0;

// Of `list` what no figure further up says; `place` counts figures from the top.
export function newAt(place: number, list: readonly string[], all: ReadonlyMap<number, readonly string[]>): string[] {
  const before = new Set([...all].filter(([other]) => other < place).flatMap(([, texts]) => texts));
  return list.filter(text => !before.has(text));
}

export function useNew(list: readonly string[] | undefined): readonly string[] {
  // Figures of a view are mounted from the top, before their data are there.
  const place = useMemo(() => figures++, []);
  useEffect(() => {
    if (!list?.length) return undefined;
    said.value = new Map([...said.peek(), [place, list]]);
    return () => { said.value = new Map([...said.peek()].filter(([other]) => other !== place)); };
  }, [list]);
  return newAt(place, list ?? [], said.value);
}
