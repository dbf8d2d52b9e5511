import {computed, effect, signal} from '@preact/signals';

// Light or dark: what the system says until the reader says otherwise.
type Theme = 'system' | 'light' | 'dark';

const KEY = 'isoshape-theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const systemDark = signal(system.matches);
system.addEventListener('change', () => { systemDark.value = system.matches; });

// Paper is light.
const paper = matchMedia('print');
const printed = signal(paper.matches);
paper.addEventListener('change', () => { printed.value = paper.matches; });

function stored(): Theme {
  const theme = localStorage.getItem(KEY);
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}

export const theme = signal<Theme>(stored());
export const dark = computed(() => !printed.value && (theme.value === 'system' ? systemDark.value : theme.value === 'dark'));

effect(() => {
  document.documentElement.dataset.theme = theme.value;
  if (theme.value === 'system') localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, theme.value);
});

export function switchTheme() {
  theme.value = dark.peek() ? 'light' : 'dark';
}
