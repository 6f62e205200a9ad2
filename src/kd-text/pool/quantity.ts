/** Marks that languages put between thousands; code pages of MS-DOS have the blank that does not break at 0xff. */
const MARKS = ",.'\\u2019\\u00a0\\u202f\\u00ff";
const QUANTITY = `-?\\d{1,3}(?:[${MARKS}]\\d{3})+(?!\\d)|-?\\d+`;
const NEXT = new RegExp(`[ \\t]*(${QUANTITY})`, 'y');

/** A number of a table, and where its text begins and ends in the line. */
export interface Quantity {
  readonly value: number;
  readonly from: number;
  readonly to: number;
}

/** The number that stands at this place of a line, blanks before it left out; undefined if there is anything else. */
export function readQuantity(line: string, at: number): Quantity | undefined {
  NEXT.lastIndex = at;
  const found = NEXT.exec(line);
  const text = found?.[1];
  if (text === undefined) return undefined;
  return { value: numberOf(text), from: NEXT.lastIndex - text.length, to: NEXT.lastIndex };
}

/** Counters of 64 bits that went below zero are printed as what their bits mean without a sign. */
function numberOf(text: string): number {
  const digits = text.replace(/[^\d-]/g, '');
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : Number(BigInt.asIntN(64, BigInt(digits)));
}
