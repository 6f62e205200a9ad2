/**
 * What a session has kd print by `.echo` where hits are collected in bursts, so that any log tells what was seen and what was not.
 * Times are milliseconds of the debugger's host.
 */
export type BurstMark =
  /** A burst begins. `pausedMs`: so long the target ran before it, with nothing set; `passed`: hits that it lets go first. */
  | { readonly mark: 'begins'; readonly burst: number; readonly pausedMs: number; readonly passed: number }
  /** It is over: how long the target ran within it, and how long it stood. */
  | { readonly mark: 'over'; readonly burst: number; readonly ranMs: number; readonly stoodMs: number }
  /** The session ends, after so long with nothing set. */
  | { readonly mark: 'end'; readonly pausedMs: number };

const BEGINS = /^livedebug: burst (\d+) begins, after (\d+) ms without a breakpoint, and lets (\d+) hits go$/;
const OVER = /^livedebug: burst (\d+) is over, the target ran (\d+) ms and stood (\d+) ms$/;
const END = /^livedebug: the last burst is over, (\d+) ms without a breakpoint since$/;

/** The line; it has no character that kd's `.echo` takes for more than text. */
export function formatBurstMark(of: BurstMark): string {
  const ms = (value: number): string => String(Math.max(0, Math.round(value)));
  switch (of.mark) {
    case 'begins':
      return `livedebug: burst ${of.burst} begins, after ${ms(of.pausedMs)} ms without a breakpoint, and lets ${of.passed} hits go`;
    case 'over':
      return `livedebug: burst ${of.burst} is over, the target ran ${ms(of.ranMs)} ms and stood ${ms(of.stoodMs)} ms`;
    case 'end':
      return `livedebug: the last burst is over, ${ms(of.pausedMs)} ms without a breakpoint since`;
  }
}

/** @returns undefined for any other line */
export function parseBurstMark(line: string): BurstMark | undefined {
  const text = line.trimEnd();
  if (!text.startsWith('livedebug: ')) return undefined;
  const begins = BEGINS.exec(text);
  const [, burst, pausedMs, passed] = begins ?? [];
  if (begins) return { mark: 'begins', burst: Number(burst), pausedMs: Number(pausedMs), passed: Number(passed) };
  const over = OVER.exec(text);
  if (over) return { mark: 'over', burst: Number(over[1]), ranMs: Number(over[2]), stoodMs: Number(over[3]) };
  const end = END.exec(text);
  return end ? { mark: 'end', pausedMs: Number(end[1]) } : undefined;
}
