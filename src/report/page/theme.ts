import { button, byId } from './dom.js';

const KEY = 'livedebug-theme';

/** Light or dark: the system's choice until somebody makes another. */
export function themeToggle(): void {
  const root = document.documentElement;
  const dark = (): boolean =>
    (root.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
  const kept = remembered();
  if (kept) root.dataset.theme = kept;
  const toggle = button('', () => {
    root.dataset.theme = dark() ? 'light' : 'dark';
    remember(root.dataset.theme);
    name();
  });
  const name = (): void => {
    toggle.textContent = dark() ? 'Light' : 'Dark';
    toggle.setAttribute('aria-label', `Switch to ${dark() ? 'light' : 'dark'} colours`);
  };
  name();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', name);
  byId('theme').append(toggle);
}

/** A browser may refuse to keep anything for a page that is a file. */
function remembered(): string | null {
  try {
    const theme = localStorage.getItem(KEY);
    return theme === 'dark' || theme === 'light' ? theme : null;
  } catch {
    return null;
  }
}

function remember(theme: string): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Then it holds for as long as the page is open.
  }
}
