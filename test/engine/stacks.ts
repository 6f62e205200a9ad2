/** Stacks as today's engine prints them with `kb`. */
export interface PrintedStack {
  /** Names of functions without their offsets, innermost first; an address where there was no name. */
  readonly functions: readonly string[];
  /** Whether it goes as far as the thread does: its last return address is 0, and no state line stands behind it. */
  readonly whole: boolean;
}

/** What a stack begins with; a prompt may stand before it. */
export const HEADER =
  /^(?:kd> )*(?:RetAddr {15}: Args to Child {59}: Call Site|ChildEBP RetAddr {6}Args to Child {14})\r?$/m;
const FRAME =
  /^(?:([0-9a-f]{8}`[0-9a-f]{8}) {5}: (?:[0-9a-f]{8}`[0-9a-f]{8} ){4}: (.*)|[0-9a-f]{8} ([0-9a-f]{8}) {5}(?:[0-9a-f]{8} ){3}(.*))$/gm;
const ZERO = /^[0`]+$/;

/** Every stack in a text, in its order. */
export function printedStacks(text: string): PrintedStack[] {
  return text
    .split(HEADER)
    .slice(1)
    .map((piece) => {
      const frames = [...piece.matchAll(FRAME)].map(([, wide, wideName, narrow, narrowName]) => ({
        back: wide ?? narrow ?? '',
        name: (wideName ?? narrowName ?? '').replace(/\+0x[0-9a-f]+$/, ''),
      }));
      const cut = /^\S+:\n[0-9a-f`]+ [0-9a-f]+ +\w/m.test(piece);
      return { functions: frames.map(({ name }) => name), whole: ZERO.test(frames.at(-1)?.back ?? '1') && !cut };
    });
}

/** Whether a name is a bare address of the kernel: a frame that the debugger could not name. */
export function isNameless(name: string): boolean {
  return /^0x(?:ffff[0-9a-f]{4}`[0-9a-f]{8}|[89a-f][0-9a-f]{7})$/.test(name);
}
