import type { ReportPoolType } from '../model.js';

/** Source: POOL_TYPE in wdm.h. */
const NAMES: Readonly<Record<number, string>> = {
  0: 'NonPagedPool',
  1: 'PagedPool',
  2: 'NonPagedPoolMustSucceed',
  4: 'NonPagedPoolCacheAligned',
  5: 'PagedPoolCacheAligned',
  6: 'NonPagedPoolCacheAlignedMustS',
  32: 'NonPagedPoolSession',
  33: 'PagedPoolSession',
  34: 'NonPagedPoolMustSucceedSession',
  36: 'NonPagedPoolCacheAlignedSession',
  37: 'PagedPoolCacheAlignedSession',
  38: 'NonPagedPoolCacheAlignedMustSSession',
  512: 'NonPagedPoolNx',
  516: 'NonPagedPoolNxCacheAligned',
  544: 'NonPagedPoolSessionNx',
};

/** What may be added to a type: quota that fails, an exception on failure, cold. Source: wdm.h, POOL_QUOTA_FAIL_INSTEAD_OF_RAISE and others. */
const FLAGS = 8 | 16 | 256;

/** The types by how often they were asked for. */
export function poolTypesOf(types: ReadonlyMap<number, number>): ReportPoolType[] {
  return [...types]
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .map(([type, hits]) => ({ value: `0x${type.toString(16)}`, name: NAMES[type & ~FLAGS] ?? null, hits }));
}
