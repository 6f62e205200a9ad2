/** What scrolls sideways must be reachable by keyboard, or nobody scrolls it by keyboard. */
export function scrollers(): void {
  const scrolling = new ResizeObserver((entries) => {
    for (const { target } of entries) reach(target as HTMLElement);
  });
  for (const element of document.querySelectorAll<HTMLElement>('.scroll')) scrolling.observe(element);
}

function reach(element: HTMLElement): void {
  if (element.scrollWidth > element.clientWidth) element.tabIndex = 0;
  else element.removeAttribute('tabindex');
}
