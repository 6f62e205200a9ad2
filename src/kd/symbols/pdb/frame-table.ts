import { zeroText } from '../bytes.js';
import { countUpTo } from '../symbol-table.js';
import type { FrameData } from './frame-data.js';

/** Frame data sorted by address, as arrays. */
export interface FrameTable {
  readonly starts: Uint32Array;
  /** Seven words for each start: size, locals, params, maxStack, place of the program in `text`, two half words, flags. */
  readonly words: Uint32Array;
  /** Programs, each ended by a zero; the first is empty. */
  readonly text: Buffer;
}

export const FRAME_WORDS = 7;
/** Stretches of one function lie one in another, and hardly deeper than this. */
const DEEPEST = 48;
const FRAMES = ['fpo', 'trap', 'tss', 'ebp'] as const;
const FLAG = { framedata: 1, seh: 2, bp: 4, start: 8 };

export function makeFrameTable(frames: readonly FrameData[]): FrameTable {
  // At the same address FRAMEDATA comes last, and is what a search from above meets first; so do inner stretches.
  const sorted = [...frames].sort((a, b) => a.rva - b.rva || b.size - a.size || a.kind.length - b.kind.length);
  const starts = new Uint32Array(sorted.length);
  const words = new Uint32Array(sorted.length * FRAME_WORDS);
  const places = new Map<string, number>([['', 0]]);
  let length = 1;
  const place = (program: string) => {
    const known = places.get(program);
    if (known !== undefined) return known;
    places.set(program, length);
    length += Buffer.byteLength(program) + 1;
    return places.get(program) as number;
  };
  sorted.forEach((each, index) => {
    starts[index] = each.rva;
    const flags =
      (each.kind === 'framedata' ? FLAG.framedata : 0) +
      (each.hasSeh ? FLAG.seh : 0) +
      (each.usesBp ? FLAG.bp : 0) +
      (each.isFunctionStart ? FLAG.start : 0) +
      FRAMES.indexOf(each.frame) * 16;
    words.set(
      [
        each.size,
        each.locals,
        each.params,
        each.maxStack,
        place(each.program ?? ''),
        each.prolog + each.savedRegisters * 0x10000,
        flags,
      ],
      index * FRAME_WORDS,
    );
  });
  return { starts, words, text: Buffer.from([...places.keys()].map((each) => `${each}\0`).join('')) };
}

/** The innermost stretch around an RVA. */
export function frameAt(table: FrameTable, rva: number): FrameData | undefined {
  const last = countUpTo(table.starts, rva) - 1;
  for (let index = last; index >= 0 && index > last - DEEPEST; index--) {
    const start = table.starts[index] as number;
    if (rva < start + (table.words[index * FRAME_WORDS] as number)) return frame(table, index);
  }
  return undefined;
}

function frame(table: FrameTable, index: number): FrameData {
  const word = (field: number) => table.words[index * FRAME_WORDS + field] ?? 0;
  const flags = word(6);
  const framedata = (flags & FLAG.framedata) !== 0;
  return {
    kind: framedata ? 'framedata' : 'fpo',
    rva: table.starts[index] as number,
    size: word(0),
    locals: word(1),
    params: word(2),
    maxStack: word(3),
    prolog: word(5) & 0xffff,
    savedRegisters: word(5) >>> 16,
    hasSeh: (flags & FLAG.seh) !== 0,
    usesBp: (flags & FLAG.bp) !== 0,
    frame: FRAMES[(flags >>> 4) & 3] as FrameData['frame'],
    isFunctionStart: (flags & FLAG.start) !== 0,
    ...(framedata && { program: zeroText(table.text, word(4)) }),
  };
}
