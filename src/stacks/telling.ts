/** Words of kd's own, in lower case: what they stand in may be a line of kd's with something around it. */
const WORDS =
  /retaddr|call site|breakpoint \d|break instruction|threads? \[|pool block|waiting to|shutdown|onnected to|kernel version|session time|established/;
/** Digits of half an address. */
const DIGITS = 8;
const IS_DIGIT = new Uint8Array(128);
for (const digit of '0123456789abcdefABCDEF') IS_DIGIT[digit.charCodeAt(0)] = 1;

/**
 * Whether a line has anything that may be more than it seems, if what stands around it is left out. Every line of a driver that
 * prints much comes here: one pattern for all of it takes twice the time.
 */
export function mayTell(text: string): boolean {
  return (
    hasAddress(text) ||
    text.includes('!') ||
    text.includes('+') ||
    text.includes('***') ||
    (text.includes('>') && /kd(?::x86)?>/i.test(text)) ||
    (text.includes('&') && /&gt;/i.test(text)) ||
    WORDS.test(text.toLowerCase())
  );
}

/** Eight hexadecimal digits in a row: one of every eight characters is among them. */
export function hasAddress(text: string): boolean {
  for (let at = DIGITS - 1; at < text.length; at += DIGITS) {
    if (!isDigit(text, at)) continue;
    let from = at;
    while (isDigit(text, from - 1)) from--;
    let to = at + 1;
    while (to - from < DIGITS && isDigit(text, to)) to++;
    if (to - from >= DIGITS) return true;
  }
  return false;
}

/** Beyond either end there is no digit. */
function isDigit(text: string, at: number): boolean {
  return IS_DIGIT[text.charCodeAt(at)] === 1;
}
