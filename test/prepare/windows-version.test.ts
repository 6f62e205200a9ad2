import { describe, expect, it } from 'vitest';
import { WINDOWS_NAMES, windowsVersion } from '../../src/prepare/windows-version.js';

describe('windowsVersion', () => {
  it.each(['2000', 'xp', 'XP', '2003', '2003r2', '2003 R2', 'Windows XP', 'Windows Server 2003 R2', 'winxp'])(
    '%s starts by boot.ini',
    (text) => {
      expect(windowsVersion(text)).toMatchObject({ family: '2003', byHitTag: false });
    },
  );

  it.each([
    'vista',
    '2008',
    '7',
    'win7',
    'Windows 7',
    '2008r2',
    '2008-R2',
    'Server 2008 R2',
    '8',
    '2012',
    '8.1',
    'win8.1',
    '2012r2',
    '10',
    'win10',
    '2016',
    '2019',
    '2022',
    '11',
    'win11',
    'vista+',
    '10-1507',
    '10-1903',
    'win10-22h2',
    'Windows 10 21H2',
    'Windows 10 Version 1809',
    '11-21h2',
    'win11-23H2',
  ])('%s starts by a BCD store, and has a function to break on', (text) => {
    expect(windowsVersion(text)).toMatchObject({ family: 'vista+', byHitTag: false });
  });

  it.each([
    '11-24h2+',
    '11-24h2',
    'win11-24h2',
    'Windows 11 24H2',
    'win11-25h2',
    '11-26h1',
    '2025',
    'Windows Server 2025',
  ])('%s has no such function', (text) => {
    expect(windowsVersion(text)).toMatchObject({ family: 'vista+', byHitTag: true });
  });

  it.each(['', '9', '95', 'nt4', '2024', '10-24h2', '11-1903', '11-20h2', '10-1913', '12', 'linux', 'vista++', '24h2'])(
    '%s is none',
    (text) => {
      expect(windowsVersion(text)).toBeUndefined();
    },
  );

  it('takes every name that it lists', () => {
    for (const name of WINDOWS_NAMES) expect(windowsVersion(name)?.name).toBe(name);
  });
});
