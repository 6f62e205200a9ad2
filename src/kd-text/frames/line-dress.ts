/** What may stand in a log that went through other programs, and is not kd's: a line without it is looked at once more. */
const DRESSED =
  /[\x00-\x08\t\x0b-\x1f\x7f\u0080-\uffff&<\\`"']|^\s*[>|:;*#/%([{+\-'\d]|^[A-Z][a-z]{2}[ ,]|\b0x[0-9a-f]{8}|\[\d+(?:;\d+)*m|\|\s*$/i;

/** What `cleaned` replaces has one of these. */
const UNCLEAN = /[\x00-\x09\x0b-\x1f\x7f-\uffff&<\\]|\[[\dmK]|['_][0-9a-f]{8}|0x[0-9a-f]{8}/i;
/** What begins every front. */
const FRONTED =
  /^\s*(?:[>|\u00a6\u2502\u00bb[(<{\d/*;%+\-\u2022#"'`]|[A-Z][a-z]{2}[ ,]|L\d|INFO|DEBUG|TRACE|WARN|ERROR|std|out)/i;

const CODES = /\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\^_=>]/g;
/** The same where the first byte was lost. */
const BARE_CODES = /\[(?:\d{1,3}(?:;\d{1,3})*)?m|\[\d?K/g;
const UNSEEN = /[\u00ad\u200b-\u200f\u2060\ufeff]|[\x00-\x08\x0b-\x1f\x7f]/g;
const BLANKS = /[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g;
const TAGS =
  /<\/?(?:col|exec|link|altlink|b|i|u|br|p|a|span|code|pre|font|div|t[drt]|li|em|strong|samp|kbd)(?:\s[^<>]*)?\/?>/gi;
const ENTITIES: Readonly<Record<string, string>> = {
  nbsp: ' ',
  gt: '>',
  lt: '<',
  amp: '&',
  quot: '"',
  apos: "'",
  grave: '`',
};
/** Word processors and web pages put other marks where kd has a backtick between the halves of an address. */
const HALVES = /\b([0-9a-f]{8})\\?['\u2018\u2019\u00b4\u2032\u02cb`_](?=[0-9a-f]{8}\b)/gi;
const PREFIXED = /\b0x([0-9a-f]{8}`?[0-9a-f]{8}|[0-9a-f]{8})(?=[\s:,|])/gi;

const TIME = '\\d{1,2}:\\d{2}(?::\\d{2}(?:[.,:]\\d{1,9})?)?(?:\\s?[AP]M)?(?:Z|\\s?[+-]\\d{2}:?\\d{2})?';
const DATE = '(?:\\d{1,4}[-/.]\\d{1,2}[-/.]\\d{1,4}|\\d{8})(?:[T ,_-]+)';
/** What programs and people put before every line: each alone, several after one another. */
const FRONTS = [
  /^\s*[>|\u00a6\u2502\u00bb]+\s?/,
  new RegExp(`^\\s*[[(<{]?(?:${DATE})?${TIME}[\\])>}]?(?:\\s*[,;:|>-])?\\s*`, 'i'),
  /^\s*[[(<{]?\d{4}[-/.]\d{2}[-/.]\d{2}[\])>}]?\s+/,
  /^\s*(?:[A-Z][a-z]{2},? )?[A-Z][a-z]{2} +\d{1,2},? (?:\d{4} )?\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d+)?(?: \d{4})?(?: \([^)]*\))?(?: \S+ \S+:)?\s*/,
  /^\s*\[? *\d{1,10}\.\d{1,9}(?:\s?m?s)?\]?[ :]+/,
  /^\s*\[\d{1,8}\]\s*/,
  /^\s*\d{8}\s+(?=\d+\.\d+\s)/,
  /^\s*\(?\d{1,8}(?:[:)|.>]|\s\|)(?!\s*l?kd\b)\s*/,
  /^\s*\d{1,8} +(?=[0-9a-f]{2,3} +(?:[0-9a-f]{8}|\(Inline)|(?:# +)?(?:Child-SP|ChildEBP|RetAddr)\b)/i,
  /^\s*L\d{1,6}:(?!\s*l?kd\b)\s*/,
  /^\s*(?:\/\/+|\/?\*+|;+|%+|--+|[-+\u2022])\s+/,
  /^\s*#+\s+(?=[0-9a-f]{2,3} |[0-9a-f]{8})/i,
  /^\s*(?:INFO|DEBUG|TRACE|WARN(?:ING)?|ERROR|stdout|stderr|out)\b\s*[:|>\]]\s+/,
  /^\s*["'`]/,
];

/**
 * A line without what other programs, or people, have put around kd's text: colours, quoting, time stamps, numbers of lines,
 * remains of markup, and other blanks than kd's. It is for lines that are not understood as they are.
 * @returns the line itself if there is nothing of the kind
 */
export function undress(line: string): string {
  if (line.length > LONGEST || !DRESSED.test(line)) return line;
  let text = cleaned(line);
  for (let i = 0; i < FRONTS_AT_MOST; i++) {
    const next = withoutFront(text);
    if (next === text) break;
    text = next;
  }
  // Columns of a table, and the end of a span of code.
  if (/^\s*[|\u2502]/.test(line) && /[|\u2502]\s*$/.test(text)) text = text.replace(/\s*[|\u2502]\s*/g, ' ');
  return withoutEnd(text, line);
}

/** Without the marks that close what a front has opened; a name of C++ may end with one. */
function withoutEnd(text: string, line: string): string {
  const end = text.trimEnd();
  if (!CLOSING.test(end) || line.includes('::`')) return text;
  let to = end.length;
  while (CLOSING.test(end[to - 1] ?? '')) to--;
  return text.slice(0, to);
}

const CLOSING = /["'`|\u2502\\]$/;

/** A line in kd's own characters, with all that stands before it. */
export function cleaned(line: string): string {
  if (line.length > LONGEST || !UNCLEAN.test(line) || !DRESSED.test(line)) return line;
  return line
    .replace(CODES, '')
    .replace(BARE_CODES, '')
    .replace(TAGS, '')
    .replace(/&(?:#(\d{1,5})|#x([0-9a-f]{1,4})|([a-z]{2,5}));?/gi, (all, decimal, hex, name) => {
      if (decimal) return String.fromCharCode(Number(decimal));
      return hex ? String.fromCharCode(Number.parseInt(hex, 16)) : (ENTITIES[String(name).toLowerCase()] ?? all);
    })
    .replace(BLANKS, ' ')
    .replace(UNSEEN, '')
    .replace(/\\([`!#+*|<>_[\]-])/g, '$1')
    .replace(HALVES, '$1`')
    .replace(PREFIXED, '$1');
}

const LONGEST = 2048;
const FRONTS_AT_MOST = 6;

function withoutFront(text: string): string {
  if (!FRONTED.test(text)) return text;
  for (const front of FRONTS) {
    const found = front.exec(text);
    if (found && found[0] !== '') return text.slice(found[0].length);
  }
  return text;
}

/** What the front of a line is like, whatever its numbers and words are: the same for all lines of a log that one program has put it before. */
export function frontClass(front: string): string {
  return front
    .replace(/[A-Za-z]+/g, 'a')
    .replace(/\d+/g, '9')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Longest front that is looked for. */
const FRONT = 120;

/** A line's possible rests behind a front of this class, longest first. */
export function* behindFront(line: string, of: string): Generator<string> {
  if (of === '') return;
  for (let at = 1; at < Math.min(line.length, FRONT); at++) {
    if (/[A-Za-z\d]/.test(line[at - 1] as string) && /[A-Za-z\d]/.test(line[at] as string)) continue;
    if (frontClass(line.slice(0, at)) === of) yield line.slice(at);
  }
}
