import { expect, it } from 'vitest';
import { tagValue } from '../../src/simulator/tag-value.js';

it('reads a tag as the number that it is in memory', () => {
  expect(tagValue('Ddk')).toBe(0x206b6444);
  expect(tagValue('Ddk ')).toBe(0x206b6444);
});
