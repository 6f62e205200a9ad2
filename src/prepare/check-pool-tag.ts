import { type Finding, good, open } from './findings.js';
import type { WindowsVersion } from './windows-version.js';

/**
 * Whether the target needs PoolTag in its registry. No listing of a boot configuration shows that, so it is found only where
 * the version of Windows is given, or how hits are to be caught.
 */
export function checkPoolTag(os: WindowsVersion | undefined, byHitTag: boolean): Finding[] {
  if (byHitTag)
    return [
      good(
        os?.byHitTag
          ? 'PoolTag is not needed: this Windows has no function for a breakpoint, and the session sets PoolHitTag by itself.'
          : 'PoolTag is not needed: with --strategy pool-hit-tag the session sets PoolHitTag by itself.',
      ),
    ];
  if (os === undefined) return [];
  return [
    open(
      'PoolTag must be in the registry of this Windows, and be there since before its start: check.cmd of the kit shows it.',
    ),
  ];
}
