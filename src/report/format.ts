import { clean } from '../platform/clean-text.js';
/** Numbers as every form of the report writes them, whatever the language of the host. */
export function number(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `3 hits`, `1 hit` */
export function count(value: number, noun: string): string {
  return `${number(value)} ${value === 1 ? noun : plural(noun)}`;
}

export function plural(noun: string): string {
  if (noun === 'allocation or free') return 'allocations or frees';
  return noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`;
}

export function percent(part: number, whole: number): string {
  return whole === 0 ? '' : `${((part / whole) * 100).toFixed(1)} %`;
}

const UNITS = ['KB', 'MB', 'GB', 'TB'];

/** Exact while that is short, then in units of 1,024 as Windows counts them. */
export function size(bytes: number): string {
  if (Math.abs(bytes) < 10_000) return `${number(bytes)} B`;
  let value = bytes / 1024;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(1).replace(/\B(?=(\d{3})+\.)/g, ',')} ${UNITS[unit]}`;
}

/** With its sign: what a comparison says. */
export function signed(value: number): string {
  return value > 0 ? `+${number(value)}` : value < 0 ? `\u2212${number(-value)}` : '0';
}

/** A border of the time axis: an ISO time without what nobody reads, or a place in the logs. */
export function border(value: string | number): string {
  if (typeof value === 'number') return size(value);
  return value.replace('T', ' ').replace(/(?::00)?(?:\.000)?Z$/, '');
}

/** Cut in the middle where it is too long: both the module and the end of a name tell. */
export function fitted(text: string, width: number): string {
  const shown = clean(text);
  if (shown.length <= width) return shown;
  const head = Math.ceil((width - 1) / 2);
  return clean(`${shown.slice(0, head)}…${shown.slice(shown.length - (width - 1 - head))}`);
}
