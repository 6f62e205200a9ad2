/**
 * Lines that the command string of a breakpoint prints by `.printf` and ends by `.echo`: what a pool function was asked for, or
 * given back. The mark at the end tells them from the words of a driver, and a whole line from one that was cut.
 */
export const POOL_MARK = '(livedebug)';

/** What a pool function was asked for. */
export interface RequestLine {
  readonly kind: 'request';
  readonly size: bigint;
  readonly tag?: number;
  /** Windows' POOL_TYPE, flags included. */
  readonly type?: number;
}

/** The address that a pool function was given back. */
export interface FreedLine {
  readonly kind: 'freed';
  readonly address: bigint;
}

const HEX = '([0-9a-f]{1,8}(?:`?[0-9a-f]{1,8})?)';
const REQUEST = new RegExp(`^size=${HEX} (?:tag=([0-9a-f]{1,8}) )?(?:type=([0-9a-f]{1,8}) )?\\(livedebug\\)\\s*$`);
const FREED = new RegExp(`^freed=${HEX} \\(livedebug\\)\\s*$`);

export function parsePoolLine(line: string): RequestLine | FreedLine | undefined {
  if (!line.includes(POOL_MARK)) return undefined;
  const freed = FREED.exec(line)?.[1];
  if (freed !== undefined) return { kind: 'freed', address: number(freed) };
  const [, size, tag, type] = REQUEST.exec(line) ?? [];
  if (size === undefined) return undefined;
  return {
    kind: 'request',
    size: number(size),
    ...(tag !== undefined && { tag: Number.parseInt(tag, 16) }),
    ...(type !== undefined && { type: Number.parseInt(type, 16) }),
  };
}

/** Where the parts of a request stand in the target, as expressions of kd. */
export interface RequestPlaces {
  readonly size: string;
  readonly tag?: string | undefined;
  readonly type?: string | undefined;
}

/** kd's commands that print such a line; quotes are as they are typed at the prompt. */
export function printRequest({ size, tag, type }: RequestPlaces): string {
  const parts = [
    ['size=%p', size],
    ['tag=%x', tag],
    ['type=%x', type],
  ].filter((part): part is [string, string] => part[1] !== undefined);
  return print(parts);
}

export function printFreed(address: string): string {
  return print([['freed=%p', address]]);
}

// The line ends by `.echo`: how many backslashes a line feed needs within a quoted command string depends on who reads it.
function print(parts: readonly (readonly [string, string])[]): string {
  const format = parts.map(([text]) => `${text} `).join('');
  return `.printf "${format}",${parts.map(([, value]) => value).join(',')};.echo ${POOL_MARK}`;
}

function number(digits: string): bigint {
  return BigInt(`0x${digits.replace('`', '')}`);
}
