import {signal} from '@preact/signals';
import type {RefObject} from 'preact';
import {useLayoutEffect, useRef} from 'preact/hooks';

// What several parts of a page warn of is said by the first of them, in the
// order in which they stand on the page.

type Said<Place> = ReadonlyMap<Place, readonly string[]>;

const said = signal<Said<Element>>(new Map());

const precedes = (one: Element, other: Element) => (one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;

// Of `list` what no part further up says, be it with a word before it.
export function newAt<Place>(place: Place, list: readonly string[], all: Said<Place>, isBefore: (one: Place, other: Place) => boolean): string[] {
  const before = [...all].filter(([other]) => other !== place && isBefore(other, place)).flatMap(([, texts]) => texts);
  return list.filter(text => !before.some(one => text === one || text.endsWith(`: ${one}`)));
}

// What is new of `list` at the element that gets `ref`.
export function useNew<Host extends Element>(list: readonly string[] | undefined): {ref: RefObject<Host | null>, list: readonly string[]} {
  const ref = useRef<Host | null>(null);
  useLayoutEffect(() => {
    const place = ref.current;
    if (!place || !list?.length) return undefined;
    said.value = new Map([...said.peek(), [place, list]]);
    return () => { said.value = new Map([...said.peek()].filter(([other]) => other !== place)); };
  }, [list]);
  const all = said.value;
  return {ref, list: ref.current ? newAt<Element>(ref.current, list ?? [], all, precedes) : list ?? []};
}
