/** Stacks that paper gets with their frames; the style hides those behind them. */
const PRINTED = 10;

/** Paper has nothing to click: the first stacks open for it, and close again. */
export function printing(): void {
  let opened: HTMLDetailsElement[] = [];
  addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll<HTMLDetailsElement>('#stack-list > details:not([open])')].slice(0, PRINTED);
    for (const details of opened) details.open = true;
  });
  addEventListener('afterprint', () => {
    for (const details of opened) details.open = false;
  });
}
