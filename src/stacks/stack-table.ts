import type { CallSite } from '../kd-text/frames/frames.js';
import { apart } from './read/apart.js';

/** A call site, once for all stacks that pass it. */
export interface TableFrame {
  /** As printed, e.g. `nt!ExAllocatePoolWithTag+0x2ba`. */
  readonly text: string;
  readonly module: string | null;
  readonly symbol: string | null;
  readonly offset: number | null;
  /** It stands for what is not on the stack as printed: frames that are missing or could not be read, or what a tool says of the whole stack; or for many stacks. */
  readonly mark?: 'gap' | 'injected' | 'merged';
}

/** So many call sites are no stack text any more: the rest is one, under a name that says so. */
const LIMIT = 2 ** 21;
const FORGOTTEN: TableFrame = { text: '(forgotten)', module: null, symbol: null, offset: null };
const BEYOND: TableFrame = { text: '(more call sites than are kept)', module: null, symbol: null, offset: null };

/** The call sites of a log by number: the same text is the same call site. */
export class CallSites {
  readonly sites: TableFrame[] = [];
  readonly #byText = new Map<string, number>();
  /** Numbers that are not used any more. */
  readonly #free: number[] = [];
  /** Characters of all texts. */
  characters = 0;

  number(of: CallSite): number {
    const text = textOf(of);
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    const { module, symbol, offset } = of;
    return this.#add({
      text: apart(text),
      module: module === undefined ? null : apart(module),
      symbol: symbol === undefined ? null : apart(symbol),
      offset: offset ?? null,
    });
  }

  /** The number of a line of the stack that is no call site. */
  marked(text: string, mark: NonNullable<TableFrame['mark']>): number {
    return this.known({ text: `(${text})`, module: null, symbol: null, offset: null, mark });
  }

  /** The number of a call site of another table. */
  known(frame: TableFrame): number {
    return this.#byText.get(frame.text) ?? this.#add(frame);
  }

  /** Forgets all but these: their numbers stay, and the others will be given to other call sites. */
  keep(numbers: ReadonlySet<number>): void {
    for (const [text, number] of this.#byText) {
      if (numbers.has(number)) continue;
      this.#byText.delete(text);
      this.#free.push(number);
      this.sites[number] = FORGOTTEN;
      this.characters -= text.length;
    }
  }

  /** How many are kept. */
  get size(): number {
    return this.#byText.size;
  }

  #add(frame: TableFrame): number {
    const number = this.#free.pop() ?? this.sites.length;
    if (number >= LIMIT) {
      this.sites[LIMIT] = BEYOND;
      return LIMIT;
    }
    this.#byText.set(frame.text, number);
    this.characters += frame.text.length;
    this.sites[number] = frame;
    return number;
  }
}

/** The text as printed; only the parameters that `kp` and `kP` add are left out, as their values differ from hit to hit. */
function textOf({ site, module, symbol, offset }: CallSite): string {
  if (site.endsWith('(')) return `${module}!${symbol}`;
  if (symbol === undefined || symbol.includes('(') || !site.includes('=')) return site;
  if (site.startsWith(`${module}!${symbol}(`))
    return `${module}!${symbol}${offset === undefined ? '' : `+0x${offset.toString(16)}`}`;
  return site;
}
