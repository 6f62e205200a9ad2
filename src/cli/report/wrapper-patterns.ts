import { isWrapperPattern } from '../../stacks/attribute/wrappers.js';
import { usage } from '../usage.js';

/** What `--wrapper` is, in the help of every command that has it. */
export const WRAPPER_HELP =
  'a function that allocates for others, as MODULE!FUNCTION with * for any characters, or MODULE: its caller is named';

/** Patterns of wrappers, one after another: `mylib!Alloc*, helpers`. @throws Fault `usage` for one that is none */
export function wrapperPatterns(text: string | undefined): string[] {
  const patterns = (text ?? '').split(/[,;]/).map((pattern) => pattern.trim());
  const given = patterns.filter((pattern) => pattern !== '');
  const wrong = given.find((pattern) => !isWrapperPattern(pattern));
  if (wrong === undefined) return given;
  throw usage(
    `--wrapper: "${wrong}" is not a pattern of a function.`,
    'Write MODULE!FUNCTION, with * for any characters: --wrapper mylib!Alloc*',
  );
}

/** `--wrapper` may be given several times. */
export function addPattern(value: string, before?: string): string {
  return before === undefined ? value : `${before}, ${value}`;
}
