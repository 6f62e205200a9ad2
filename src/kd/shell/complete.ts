import { commandWords } from './commands/index.js';
import type { TargetSymbols } from './target-symbols.js';

/** More than a screen can show helps nobody: then only what they have in common is completed. */
const MOST = 100;

/**
 * What the last word of a line may become: a command at its beginning, a symbol behind it. Only what is known here is looked at:
 * a key must cost the target nothing, and must not wait for a server.
 */
export function complete(line: string, symbols: TargetSymbols | undefined): readonly [readonly string[], string] {
  const command = line.replace(/^.*[;"{]\s*/s, '').trimStart();
  if (!/\s/.test(command)) {
    const found = commandWords().filter((word) => word.startsWith(command));
    return [command === '' ? [] : found.sort(), command];
  }
  const word = /[\w!$.?@]*$/.exec(command)?.[0] ?? '';
  const found = word === '' || word.includes('?') ? [] : [...new Set(symbols?.beginningWith(word))].sort();
  if (found.length <= MOST) return [found, word];
  const shared = commonStart(found);
  return [shared.length > word.length ? [shared] : [], word];
}

function commonStart(words: readonly string[]): string {
  const [first = '', last = ''] = [words[0], words.at(-1)];
  let length = 0;
  while (length < first.length && first[length] === last[length]) length++;
  return first.slice(0, length);
}
