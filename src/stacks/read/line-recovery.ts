import { parseGluedHeader } from '../../kd-text/frames/frames.js';
import { behindFront, cleaned, frontClass, undress } from '../../kd-text/frames/line-dress.js';
import { splitPrompts } from '../../kd-text/prompt.js';
import type { Scanner } from '../scanner/scanner.js';
import { hasAddress, mayTell } from '../telling.js';
import { type LogLine, sortLine } from './line-kinds.js';
import type { NamesAlone } from './names-alone.js';
import type { LinePlace, OpenStack } from './open-stack.js';

/** So many lines that tell nothing are remembered. */
const DULL = 500;
const DULL_LENGTH = 200;

/** Reads lines that are not understood as they are: what other programs, mailers and people have made of kd's text. */
export class LineRecovery {
  /** Lines that stacks were interrupted by, and that are nothing else. */
  readonly #dull = new Set<string>();
  /** What a program has put before the newest header, as a class: it stands before the frames as well. */
  #front = '';

  /** @param read reads a line once more, as it should have been */
  constructor(
    private readonly scanner: Scanner,
    private readonly stack: OpenStack,
    private readonly names: NamesAlone,
    private readonly read: (text: string, place: LinePlace) => void,
  ) {}

  /** Looks at a line without what others have put around it, joined to the one before, or without a header. @returns whether it was read */
  recover(text: string, kind: LogLine['kind'], place: LinePlace): boolean {
    const { open } = this.scanner;
    if (open && this.stack.rejoin(text, open, place)) return true;
    // The rest of a header whose first part is one by itself: the frames will show their columns.
    if (kind === 'lost-header' && open && this.scanner.isEmpty && /^\W*Args to Child/.test(text)) return true;
    if (!mayTell(text) || this.#dull.has(text)) return false;
    const bare = undress(text);
    if (this.#gluedHeader(text, bare, place) || this.#undressed(text, bare, kind, place)) return true;
    if (this.stack.begin(text, open, place) || (!open && this.names.take(bare.trim(), place))) return true;
    // Words of a driver come again and again; without a number that may be an address they are nothing, whatever came before.
    if (open?.dialect.columns.includes('ret') && text.length <= DULL_LENGTH && !hasAddress(text)) this.#dull.add(text);
    if (this.#dull.size > DULL) this.#dull.clear();
    return false;
  }

  #gluedHeader(text: string, bare: string, { at }: LinePlace): boolean {
    const glued = parseGluedHeader(text) ?? parseGluedHeader(bare);
    if (!glued) return false;
    this.#front = frontClass(glued.front);
    this.scanner.beginStack(glued.dialect, at, splitPrompts(text).prompts.at(-1)?.processor);
    return true;
  }

  #undressed(text: string, bare: string, kind: LogLine['kind'], place: LinePlace): boolean {
    // Nothing stands before a prompt that is not kd's.
    if (kind === 'prompted') return false;
    const { open } = this.scanner;
    const notOwn = { ...place, own: false };
    for (const rest of new Set([...behindFront(text, this.#front), cleaned(text), bare])) {
      if (rest === text) continue;
      const its = sortLine(rest).kind;
      if (its !== 'text' && its !== 'stray' && its !== 'lost-header' && !(its === 'noise' && rest.trim() === '')) {
        this.read(rest, notOwn);
        return true;
      }
      if (open && this.stack.frame(rest, open, notOwn)) return true;
      if (this.stack.begin(rest, open, notOwn)) return true;
    }
    return false;
  }
}
