import { describe, expect, it } from 'vitest';
import { commandsAtBreaks, fitting } from '../../../../src/session/core/pool-breaks/break-commands.js';
import type { PoolBreak } from '../../../../src/session/core/pool-breaks/pool-break.js';

const ALLOCATION: PoolBreak = {
  place: 'nt!A+0x1',
  direction: 'allocation',
  here: '@$ip==nt!A+0x1',
  bytes: '@rsi',
  tag: '@rax',
  lacks: [],
  blocks: [{ when: '(poi(@rsp)==nt!B+0x2)', entry: '(@rsp+0x48)' }],
};
const FREE: PoolBreak = {
  place: 'nt!F+0x1',
  direction: 'free',
  here: '@$ip==nt!F+0x1',
  bytes: '@rdi',
  lacks: [],
  blocks: [{ address: '@rcx' }],
};

describe('what kd does at known breaks', () => {
  it('is a size before the stack, and what is freed behind it: a line there ends the stop before it', () => {
    expect(commandsAtBreaks([ALLOCATION, FREE])).toBe(
      ';.if (@$ip==nt!A+0x1) {.printf "size=%p tag=%x ",@rsi,@rax;.echo (livedebug);' +
        '.if ((poi(@rsp)==nt!B+0x2)) {.printf "rsp=%p ",(@rsp+0x48);r rip;bp /1 poi((@rsp+0x48)) "r rsp,rax;g"}}' +
        ' .elsif (@$ip==nt!F+0x1) {.printf "size=%p ",@rdi;.echo (livedebug)}' +
        ';kb;.if (@$ip==nt!F+0x1) {.printf "freed=%p ",@rcx;.echo (livedebug)};g',
    );
  });

  it('is the stack alone at a break of which nothing is known', () => {
    const { bytes: _, ...nothing } = { ...FREE, blocks: [] };
    expect(commandsAtBreaks([nothing])).toBe(';kb;g');
  });

  it('is less where the line would be too long for kd', () => {
    expect(fitting([ALLOCATION, FREE])).toEqual({ breaks: [ALLOCATION, FREE], lacks: [] });
    const many = fitting(Array.from({ length: 20 }, () => ALLOCATION));
    expect(many.breaks.every(({ blocks, bytes }) => blocks.length === 0 && bytes === '@rsi')).toBe(true);
    expect(many.lacks).toEqual(['addresses would make a command that is too long for kd']);
    expect(fitting(Array.from({ length: 100 }, () => ALLOCATION)).breaks).toEqual([]);
  });
});
