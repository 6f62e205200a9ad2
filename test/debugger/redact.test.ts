import { expect, it } from 'vitest';
import { redact, redactedJson } from '../../src/debugger/redact.js';

it.each([
  ['net:port=50000,key=1a.2b.3c.4d,busparams=1.2', 'net:port=50000,key=***,busparams=1.2'],
  ['.server npipe:pipe=x,password=abc', '.server npipe:pipe=x,password=***'],
  ['PASSWORD="two words",pipe=x', 'PASSWORD=***,pipe=x'],
  ['password="without an end', 'password=***'],
  ['monkey=tree key=', 'monkey=tree key='],
])('takes what is secret out of %s', (text, shown) => {
  expect(redact(text)).toBe(shown);
});

it('leaves JSON that can be read, whatever the secret is quoted by', () => {
  const value = { text: 'a said password="x\\y z" and "key=1.2.3"', lines: ['key=4,b'], number: 5 };
  expect(JSON.parse(redactedJson(value))).toEqual({
    text: 'a said password=*** and "key=***"',
    lines: ['key=***,b'],
    number: 5,
  });
});
