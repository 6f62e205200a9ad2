/** Registers by their lower-case names; 64 bits each, narrower ones with zeros in front. */
export type Registers = ReadonlyMap<string, bigint>;

const NAME =
  '(?:[er]?(?:[abcd]x|[sd]i|[sb]p|ip)|r(?:8|9|1[0-5])|[er]?fl|efl|iopl|[cdefgs]s|[cd]r\\d|x\\d{1,2}|w\\d{1,2}|fp|lr|pc)';
const PAIR = `${NAME}=[0-9a-f\`]+`;
const LINE = new RegExp(`^ *${PAIR}(?: +${PAIR})* *$`);
const PAIRS = new RegExp(`(${NAME})=([0-9a-f\`]+)`, 'g');

/** What a line of `r` prints: `eax=00000001 ebx=…`, `r8=0000000000000100`. Undefined for any other line. */
export function parseRegisters(line: string): Registers | undefined {
  if (!LINE.test(line)) return undefined;
  const found = new Map<string, bigint>();
  for (const [, name = '', digits = ''] of line.matchAll(PAIRS))
    found.set(name, BigInt(`0x${digits.replaceAll('`', '')}`));
  return found;
}
