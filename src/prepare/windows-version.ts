/** What of a version of Windows matters to a kit. */
export interface WindowsVersion {
  /** As `WINDOWS_NAMES` spells it, or a release: `11-24h2`. */
  readonly name: string;
  /** `2003` starts by boot.ini, `vista+` by a BCD store. */
  readonly family: '2003' | 'vista+';
  /** Its kernel has no function for a breakpoint: hits are caught by PoolHitTag. */
  readonly byHitTag: boolean;
}

/** The names that `--os` takes; a release may stand behind Windows 10 and 11. */
export const WINDOWS_NAMES = [
  '2000',
  'xp',
  '2003',
  '2003r2',
  'vista',
  '2008',
  'win7',
  '2008r2',
  'win8',
  '2012',
  'win8.1',
  '2012r2',
  'win10',
  '2016',
  '2019',
  '2022',
  'win11',
  'win11-24h2',
  '2025',
  'vista+',
  '11-24h2+',
] as const;

const BOOT_INI: ReadonlySet<string> = new Set(['2000', 'xp', '2003', '2003r2']);
const RELEASE = /^1[01]-(?:(\d\d)(0\d|1[0-2])|(\d\d)h([12]))$/;
/** The first release without such a function. Source: the kernels of Windows 11 24H2 and Server 2025. */
const NO_FUNCTION = 24.5;
/** The first and the last releases of Windows 10, and the first of Windows 11. */
const TEN = { first: 15, last: 22.5 };
const ELEVEN_FIRST = 21.5;

/**
 * Reads the name of a Windows, as people write it: `win7`, `7`, `Windows 7`, `Server 2008 R2`, `10-1903`, `win11-24h2`.
 * @returns undefined for what is none
 */
export function windowsVersion(text: string): WindowsVersion | undefined {
  const name = text
    .toLowerCase()
    .replace(/windows|microsoft|version|server|win/g, ' ')
    .trim()
    .replace(/[\s_-]+/g, '-')
    .replace(/-r2\b/, 'r2');
  const known = WINDOWS_NAMES.find((each) => each === name || each === `win${name}`);
  if (known === undefined) return releaseOf(name);
  const byHitTag = known === '2025' || known === '11-24h2+' || known === 'win11-24h2';
  return { name: known, family: BOOT_INI.has(known) ? '2003' : 'vista+', byHitTag };
}

function releaseOf(name: string): WindowsVersion | undefined {
  const [, year, month, halfYear, half] = RELEASE.exec(name) ?? [];
  if (year === undefined && halfYear === undefined) return undefined;
  const when =
    halfYear === undefined ? Number(year) + (Number(month) > 6 ? 0.5 : 0) : Number(halfYear) + (half === '2' ? 0.5 : 0);
  const exists = name.startsWith('10')
    ? when >= TEN.first && when <= TEN.last
    : halfYear !== undefined && when >= ELEVEN_FIRST;
  return exists ? { name, family: 'vista+', byHitTag: when >= NO_FUNCTION } : undefined;
}
