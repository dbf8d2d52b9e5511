import type {ComponentChildren} from 'preact';
import {useEffect, useRef} from 'preact/hooks';

// What is to be typed, not the button that closes, which stands first.
export const focusFirst = (within: HTMLElement | null) => within?.querySelector<HTMLElement>('input, select')?.focus();

// A dialog over the page: the browser keeps the focus in it and Escape closes
// it.
export function Dialog({title, onClose, children, wide}: {title: string, onClose: () => void, children: ComponentChildren, wide?: boolean}) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    ref.current?.showModal();
    focusFirst(ref.current);
    return () => ref.current?.close();
  }, []);
  const onClick = (event: MouseEvent) => { if (event.target === ref.current) onClose(); };
  return (
    <dialog ref={ref} class={wide ? 'wide' : ''} aria-label={title} onClose={onClose} onClick={onClick}
      onCancel={event => { event.preventDefault(); onClose(); }}>
      <div class="dialog-body">
        <div class="dialog-head">
          <h2>{title}</h2>
          <button type="button" class="quiet" onClick={onClose}>Close</button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
