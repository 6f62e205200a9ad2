import { describe, expect, it } from 'vitest';
import { parsePoolLine, printFreed, printRequest } from '../../../src/kd-text/pool/pool-lines.js';

/** What kd prints for such commands: every directive becomes the next value. */
function printed(commands: string, values: readonly string[]): string {
  const [, format = ''] = /^\.printf "([^"]*)",/.exec(commands) ?? [];
  const echoed = /;\.echo (.*)$/.exec(commands)?.[1] ?? '';
  let next = 0;
  return `${format.replace(/%[px]/g, () => values[next++] ?? '')}${echoed}`;
}

describe('lines that a breakpoint’s own commands print', () => {
  it('read as what they were printed for', () => {
    const full = printRequest({ size: '@rcx', tag: '@rdx', type: '@r8' });
    expect(full).toBe('.printf "size=%p tag=%x type=%x ",@rcx,@rdx,@r8;.echo (livedebug)');
    expect(parsePoolLine(printed(full, ['0000000000000180', '206b6444', '200']))).toEqual({
      kind: 'request',
      size: 0x180n,
      tag: 0x206b6444,
      type: 0x200,
    });
    const bare = printRequest({ size: 'poi(@esp+0x8)' });
    expect(parsePoolLine(printed(bare, ['00000180']))).toEqual({ kind: 'request', size: 0x180n });
    expect(parsePoolLine(printed(printFreed('@rcx'), ['fffff8a0`00001230']))).toEqual({
      kind: 'freed',
      address: 0xfffff8a000001230n,
    });
  });

  it.each([
    'size=0000000000000180 tag=206b6444 type=0',
    'size=0000000000000180 tag=206b6444 type=0 (livedeb',
    'mydrv: size=0000000000000180 tag=206b6444 type=0 (livedebug)',
    'size=0000000000000180 tag=206b6444 type=0 (livedebug) and more',
    '.printf "size=%p tag=%x type=%x ",@rcx,@rdx,@r8;.echo (livedebug)',
    'freed= (livedebug)',
    '(livedebug)',
  ])('are not %j', (line) => {
    expect(parsePoolLine(line)).toBeUndefined();
  });
});
