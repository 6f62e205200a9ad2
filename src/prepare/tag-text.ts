/** How somebody has written a tag: as a number, as its bytes in memory order, or as characters. */
export type TagText =
  | { readonly kind: 'number'; readonly value: bigint; readonly radix: 'hex' | 'decimal'; readonly marked: boolean }
  | { readonly kind: 'bytes'; readonly bytes: readonly number[] }
  | { readonly kind: 'quoted'; readonly text: string }
  | { readonly kind: 'bare'; readonly text: string };

/** What stands before a value where it was copied: `reg query`, a .reg file, `dt`, `?` and `.formats` of kd, an address of `dd`. */
const BEFORE =
  /^(?:.*\bpooltag"?\s*[:=]?\s*(?=\S)(?:REG_DWORD\s+)?|evaluate expression:\s*-?\d+\s*=\s*|(?:hex|decimal|tag)\s*:\s*|[\da-f]{8}(?:`?[\da-f]{8})?\s{1,4}(?=[\da-f]{8}$)|db\s+|dd\s+)/i;
/** C's suffixes of a number. */
const SUFFIX = '(?:u?l{0,2}|l{1,2}u)';
const HEX = new RegExp(`^(?:0x|&h|\\$|dword:(?:0x)?)([\\da-f\`]+)${SUFFIX}$`, 'i');
const HEX_H = /^([\da-f`]+)h$/i;
/** Eight digits are a number of 32 bits, and those of 64 stand with kd's backtick or without. */
const HEX_BARE = /^(?:[\da-f]{8}|[\da-f]{1,8}`[\da-f]{8}|[\da-f]{16})$/i;
const DECIMAL = new RegExp(`^(-?)(0n)?(\\d+)${SUFFIX}$`, 'i');
const GROUPED = /^\d{1,3}(?:[,.' \u00a0\u202f]\d{3}){2,3}$/;
const BYTES =
  /^(?:hex(?:\(\d\))?:\s*)?(?:0x)?([\da-f]{2})h?[\s,]+(?:0x)?([\da-f]{2})h?[\s,]+(?:0x)?([\da-f]{2})h?[\s,]+(?:0x)?([\da-f]{2})h?$/i;
/** Typewriter's quotes and typographic ones. */
const QUOTED = /^(?:L|u8?)?(?:'(.*)'|"(.*)"|[‘’](.*)[‘’]|[“”„](.*)[“”]|`(.*)`)$/s;

/** Reads a tag in every form that debuggers, registries and sources show. */
export function readTagText(input: string): TagText {
  const text = input.trim();
  const quoted = QUOTED.exec(text);
  if (quoted) {
    const inner = quoted.slice(1).find((each) => each !== undefined) ?? '';
    // Quotes around a number, or around quotes, are a shell's; those around characters are kd's and C's.
    return QUOTED.test(inner.trim()) || inner.length > 4 ? readTagText(inner) : { kind: 'quoted', text: inner };
  }
  const bare = numberOf(text) ?? numberOf(text.replace(BEFORE, ''));
  if (bare) return bare;
  const behind = text.replace(BEFORE, '');
  return behind !== text && QUOTED.test(behind) ? readTagText(behind) : { kind: 'bare', text: input };
}

function numberOf(text: string): TagText | undefined {
  const hex = HEX.exec(text) ?? HEX_H.exec(text);
  const digits = (hex?.[1] ?? (HEX_BARE.test(text) ? text : '')).replaceAll('`', '');
  if (digits !== '')
    return {
      kind: 'number',
      value: unsigned(BigInt(`0x${digits}`)),
      radix: 'hex',
      marked: hex !== null || text.length > 8,
    };
  const binary = /^0y([01]+)$/i.exec(text)?.[1];
  const octal = /^0t([0-7]+)$/i.exec(text)?.[1];
  if (binary !== undefined || octal !== undefined)
    return { kind: 'number', value: BigInt(binary ? `0b${binary}` : `0o${octal}`), radix: 'hex', marked: true };
  const [, minus = '', mark, decimal] = DECIMAL.exec(GROUPED.test(text) ? text.replace(/\D/g, '') : text) ?? [];
  if (decimal !== undefined)
    return {
      kind: 'number',
      value: unsigned(BigInt(`${minus}${decimal}`)),
      radix: 'decimal',
      marked: mark !== undefined,
    };
  const bytes = BYTES.exec(text)?.slice(1);
  return bytes && { kind: 'bytes', bytes: bytes.map((each) => Number.parseInt(each, 16)) };
}

/** kd extends a value of 32 bits by its sign, and `?` shows such a value as a negative number. */
function unsigned(value: bigint): bigint {
  const low = BigInt.asUintN(32, value);
  const extended = BigInt.asIntN(32, low);
  return value === extended || BigInt.asIntN(64, value) === extended ? low : value;
}
