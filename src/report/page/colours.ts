/** The colours of `--c0` to `--c8` in page.css: the library sets them as attributes. */
export function colourOf(colour: number): string {
  return `var(--c${colour})`;
}
