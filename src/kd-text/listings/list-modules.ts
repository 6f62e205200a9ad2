/** What `lm` and the letters behind it ask for. Source: "lm (List Loaded Modules)". */
export interface ModuleQuestion {
  readonly verbose: boolean;
  readonly file: boolean;
  /** A pattern of names. */
  readonly pattern?: string;
  /** An expression: the module around it. */
  readonly around?: string;
}

/**
 * Reads `lm`, `lmvm nt`, `lm m nt*`, `lmva nt!KeBugCheck`, `lm v m nt`: letters with or without blanks between them.
 * @param text the whole command
 * @returns undefined for what is no such command
 */
export function parseModuleQuestion(text: string): ModuleQuestion | undefined {
  const [, letters = '', last = '', value = ''] = /^lm([\sfkuenopltD1sv]*)(?:([maM])\s*(\S.*?))?\s*$/.exec(text) ?? [];
  if (!/^lm/.test(text) || (letters === '' && last === '' && text.trim() !== 'lm')) return undefined;
  return {
    verbose: letters.includes('v'),
    file: letters.includes('f'),
    ...(last.toLowerCase() === 'm' && { pattern: value.replace(/\.(?:sys|exe|dll)$/i, '') }),
    ...(last === 'a' && { around: value }),
  };
}

export interface ModuleDetails {
  readonly file: string;
  readonly symbolFile?: string | undefined;
  /** Seconds since 1970, as the image has it; undefined where it cannot be read. */
  readonly timeStamp: number | undefined;
  readonly checkSum: number;
  readonly size: number;
}

const WEEKDAYS = 'Sun Mon Tue Wed Thu Fri Sat'.split(' ');
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** What `lmv` prints below a module's row. */
export function formatModuleDetails({ file, timeStamp, checkSum, size, symbolFile }: ModuleDetails): string[] {
  const hex = (value: number): string => value.toString(16).toUpperCase().padStart(8, '0');
  return [
    ...(symbolFile === undefined ? [] : [`    Loaded symbol image file: ${symbolFile}`]),
    `    Image path: ${file}`,
    `    Image name: ${file}`,
    `    Timestamp:        ${timeStamp === undefined ? 'unavailable' : `${dateText(timeStamp)} (${hex(timeStamp)})`}`,
    `    CheckSum:         ${hex(checkSum)}`,
    `    ImageSize:        ${hex(size)}`,
  ];
}

function dateText(seconds: number): string {
  const date = new Date(seconds * 1000);
  const time = date.toISOString().slice(11, 19);
  return `${WEEKDAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)} ${time} ${date.getUTCFullYear()}`;
}
