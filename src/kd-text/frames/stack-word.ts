import type { StackKind, WalkedFrame } from './stack-text.js';

/** What `k` and the letters behind it ask for. Source: "k, kb, kc, kd, kp, kP, kv (Display Stack Backtrace)". */
export interface StackWord {
  readonly kind: StackKind;
  readonly numbered: boolean;
  /** `f`: how far each frame is from the one before. */
  readonly memory: boolean;
  /** `c`: names alone. */
  readonly bare: boolean;
}

/** Reads `kbn`, `knf`, `kL`: letters in any order; `L`, `M` and `D` choose how sources and links are shown, which a plain console has not. */
export function parseStackWord(word: string): StackWord | undefined {
  const letters = /^k([bcpPvnfLMDR]*)$/.exec(word)?.[1];
  if (letters === undefined) return undefined;
  const kind = (['kv', 'kb', 'kp'] as const).find((each) => letters.toLowerCase().includes(each.charAt(1))) ?? 'k';
  return { kind, numbered: letters.includes('n'), memory: letters.includes('f'), bare: letters.includes('c') };
}

const ROW = /^([\da-f]{2,4} )?(?=[\da-f]{8})/i;

/** Puts the distances between frames into a stack, in front of its addresses. */
export function withMemory(lines: readonly string[], frames: readonly Pick<WalkedFrame, 'frameAddress'>[]): string[] {
  let at = 0;
  return lines.map((line, i) => {
    if (i === 0) return line.replace(/^( # )?/, (number) => `${number === '' ? '' : ' # '}  Memory  `);
    if (!ROW.test(line)) return line;
    const [frame, before] = [frames[at], frames[at - 1]];
    at++;
    const distance = frame && before ? (frame.frameAddress - before.frameAddress).toString(16) : '';
    return line.replace(ROW, (number) => `${number.trimEnd()}${distance.padStart(10)} `);
  });
}

/** Leaves of a stack only its names, as `kc` does. @param sites the names, in order */
export function namesAlone(sites: readonly string[], numbered: boolean): string[] {
  const number = (i: number): string => (numbered ? `${i.toString(16).padStart(2, '0')} ` : '');
  return [numbered ? ' # Call Site' : 'Call Site', ...sites.map((site, i) => `${number(i)}${site}`)];
}
