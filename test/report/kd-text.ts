import type { Report } from '../../src/report/model.js';

/** What kd printed at the first hit of each stack, as far as a page wants to know. */
export function textsOf({ stacks }: Report, most = 2_000): Map<number, string> {
  return new Map(
    stacks.slice(0, most).map(({ frames }, index) => {
      const lines = frames.map(({ text }) => `f7a1bb38 80892ed6 00000048 206b6444 00000000 ${text}`);
      return [index, ['Breakpoint 0 hit', 'ChildEBP RetAddr  Args to Child', ...lines, ''].join('\r\n')];
    }),
  );
}
