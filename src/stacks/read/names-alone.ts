import { type CallSite, DIALECTS, parseCallSite, withoutRawArguments } from '../../kd-text/frames/frames.js';
import { isAllocatorFrame, isCrash } from '../attribute/frame-kinds.js';
import type { Scanner } from '../scanner/scanner.js';
import type { LinePlace, OpenStack } from './open-stack.js';
import type { UnreadLines } from './unread.js';

/** So many lines of names alone, one after another, look like a stack. */
const STACK_LINES = 3;

interface Name {
  readonly text: string;
  readonly site: CallSite;
  readonly line: number;
  readonly bytes: number;
}

/**
 * Lines with nothing but `module!symbol+0x12`, without a header: the Calls window, or what people keep of a stack. They are read
 * where the first is a function of the allocator, and counted as unread where nothing says that they are a stack.
 */
export class NamesAlone {
  #names: Name[] = [];

  constructor(
    private readonly scanner: Scanner,
    private readonly stack: OpenStack,
    private readonly unread: UnreadLines,
  ) {}

  /** A line that is nothing else. @returns whether it was read, or counted */
  take(text: string, place: LinePlace): boolean {
    const line = this.scanner.code.lines.value;
    const bare = withoutRawArguments(text) ?? text;
    const [, number, name = bare] = /^(?:#?([0-9a-f]{2}) +)?(\S.*)$/i.exec(bare) ?? [];
    const site = /^[^\s!]+!\S|^[\w.$-]+\+0x[0-9a-f]+$/i.test(name) ? parseCallSite(name) : undefined;
    if (site && /\s[^[(<`]/.test(site.site) && !hasParameters(site)) return false;
    if (!site || (site.symbol === undefined && site.offset === undefined)) return false;
    if (number === '00' && site.symbol !== undefined) return this.#open([{ text, site, line, bytes: 0 }], place, true);
    if (number !== undefined) return false;
    if (this.#names.at(-1)?.line !== line - 1) this.#names = [];
    this.#names.push({ text, site, line, bytes: place.feed + 1 - place.at });
    const [first] = this.#names;
    if (first && this.#names.length === 2 && isBeginning(first.site))
      return this.#open(this.#names.splice(0), place, false);
    if (this.#names.length < STACK_LINES) return true;
    for (const each of this.#names.length === STACK_LINES ? this.#names : this.#names.slice(-1))
      this.unread.add(each.line, each.text);
    if (this.#names.length > STACK_LINES) this.#names.shift();
    return true;
  }

  #open(names: readonly Name[], place: LinePlace, numbered: boolean): boolean {
    const form = this.scanner.dialect(numbered ? DIALECTS.x64KcNumbered : DIALECTS.x64Kc);
    const before = names.slice(0, -1).reduce((sum, { bytes }) => sum + bytes, 0);
    this.scanner.code.open(form.at, Math.max(this.scanner.input, place.at - before));
    for (const { text, site } of names)
      this.stack.add({ ...site, ...(numbered && { number: 0 }), inline: false }, form, text, { ...place, own: false });
    return true;
  }
}

/** Words follow a name only as its parameters: `tapedrv!TapeOpen(int Mode = 0n3)+0x13b`. */
function hasParameters({ site, symbol, offset }: CallSite): boolean {
  return (
    symbol !== undefined && !/\s/.test(symbol) && site.includes('(') && (offset !== undefined || site.endsWith(')'))
  );
}

function isBeginning({ module, symbol, offset, site }: CallSite): boolean {
  const frame = { text: site, module: module ?? null, symbol: symbol ?? null, offset: offset ?? null };
  return isAllocatorFrame(frame) || isCrash(frame);
}
