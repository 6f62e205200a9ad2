import { closeSync, openSync, writeSync } from 'node:fs';

const DRIVERS = ['mydrv', 'netflt', 'storport', 'Ntfs', 'tcpip'];
const X64_ARGS = 'fffffa80`03f5a000 00000000`00000048 fffff880`0226a7b8 fffffa80`05b1d010';

/**
 * Writes a log of hits as Microsoft's kd of today prints those of a breakpoint that goes on, until it has so many bytes; addresses differ from hit to hit.
 * @param distinct stacks; without it the 140 that `sites` makes by itself
 */
export function writeHits(file, bytes, form, distinct) {
  const descriptor = openSync(file, 'w');
  let written = 0;
  let hits = 0;
  let block = [];
  let size = 0;
  while (written + size < bytes) {
    const text = form === 'x64' ? x64(hits, distinct) : x86(hits, distinct);
    block.push(text);
    size += text.length;
    hits++;
    if (size > 1_000_000) {
      written += writeSync(descriptor, block.join(''), null, 'latin1');
      block = [];
      size = 0;
    }
  }
  writeSync(descriptor, block.join(''), null, 'latin1');
  closeSync(descriptor);
  return { hits };
}

function sites(hit, distinct) {
  // Neighbours in the log are no neighbours among the stacks.
  const n = distinct === undefined ? hit : (hit * 7919) % distinct;
  const where = distinct === undefined ? [] : [`nt!Caller${n >> 8}+0x${n & 255}`];
  const driver = DRIVERS[n % 7 < 3 ? 0 : n % DRIVERS.length];
  const depth = 3 + (n % 4);
  const own = Array.from(
    { length: depth },
    (_, at) => `${driver}!Function${(n + at) % 10}+0x${(((n % 10) + 1) * 16 + at).toString(16)}`,
  );
  return [
    'nt!MmAllocateSpecialPool',
    'nt!ExAllocatePoolWithTag+0x9ab',
    ...own,
    ...where,
    'nt!IopfCallDriver+0x62',
    'nt!NtDeviceIoControlFile+0x56',
    'nt!KiSystemServiceCopyEnd+0x13',
  ];
}

function x64(n, distinct) {
  const low = ((n * 2654435761) >>> 0).toString(16).padStart(8, '0');
  const frames = sites(n, distinct).map((site) => `fffff800\`${low}     : ${X64_ARGS} : ${site}\n`);
  return `RetAddr               : Args to Child                                                           : Call Site\n${frames.join('')}`;
}

function x86(n, distinct) {
  const low = ((n * 2654435761) >>> 0).toString(16).padStart(8, '0');
  const frames = sites(n, distinct).map((site) => `${low} 819ed601     00000048 206b6444 00000001 ${site}\n`);
  return `ChildEBP RetAddr      Args to Child              \n${frames.join('')}`;
}
