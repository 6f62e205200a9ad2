import { expect, it } from 'vitest';
import { formatPlace } from '../../src/kd-text/stop.js';

/** The columns of the engine of today: operands in the 24th behind the address, in the 25th behind 8 bytes of code or more. */
it.each([
  ['4883ec28', 'sub', '4883ec28        sub     rsp,28h'],
  ['c744242001000000', 'mov', 'c744242001000000 mov     rsp,28h'],
  ['48c744242001000000', 'mov', '48c744242001000000 mov   rsp,28h'],
  ['2e660f1f840000000000', 'nop', '2e660f1f840000000000 nop rsp,28h'],
  ['66662e660f1f840000000000', 'nop', '66662e660f1f840000000000 nop rsp,28h'],
  ['f0480fb10a', 'lock cmpxchg', 'f0480fb10a      lock cmpxchg rsp,28h'],
])('puts the operands behind %s %s where the engine puts them', (bytes, mnemonic, line) => {
  const address = 'fffff80000010000';
  const [shown] = formatPlace({ symbol: undefined, address, bits: 64, bytes, mnemonic, operands: 'rsp,28h' });
  expect(shown).toBe(`fffff800\`00010000 ${line}`);
});
