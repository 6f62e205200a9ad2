import { expect, it } from 'vitest';
import { keyFromEnvironment } from '../../src/kd-text/kdnet-key.js';

it.each([
  ['key=1.2.3.4', '1.2.3.4'],
  [' KEY= 1.2.3.4 ', '1.2.3.4'],
  ['1.2.3.4\r\n', '1.2.3.4'],
  ['key=', undefined],
  [' ', undefined],
  [undefined, undefined],
])('the key in the environment: %j', (text, key) => {
  expect(keyFromEnvironment({ LIVEDEBUG_KDNET: text })).toBe(key);
});
