import { shellWord } from '../../platform/shell-word.js';
import { BREAKPOINT_CANDIDATES, type Plan } from '../../session/core/plan.js';

const PRICE =
  'no registry value and no reboot, but the target stops at every allocation and at every free of the tag, whatever its size';

/** What is said of PoolHitTag before a session begins; undefined where it is not taken. */
export function announcedWay({ strategy, at }: Pick<Plan, 'strategy' | 'at'>): string | undefined {
  if (strategy === 'breakpoint' || at !== undefined) return undefined;
  if (strategy === 'pool-hit-tag') return `Hits are caught by nt!PoolHitTag: ${PRICE}.`;
  return `Where the kernel has neither ${BREAKPOINT_CANDIDATES.join(' nor ')}, hits are caught by nt!PoolHitTag: ${PRICE}. --strategy breakpoint forbids it.`;
}

/** What is said when it has been taken. */
export function takenWay(tag: string): string {
  return `Catching hits by nt!PoolHitTag: the target stops at every allocation and at every free of '${tag}', whatever its size.`;
}

/**
 * What to do about a kernel in which hits cannot be caught: a trace by Windows itself, with the tag filled in.
 * Source: "Troubleshooting Pool Leaks Part 7", and xperf's own help.
 */
export function traceInstead(tag: string): string {
  const name = tag.trim();
  if (name === '') return '';
  const word = shellWord(name, 'win32');
  const file = `${/^\w+$/.test(name) ? name : 'pool'}.etl`;
  return [
    `Windows can trace the allocations of this tag by itself, without a debugger. On the target, as an administrator, with the Windows Performance Toolkit:`,
    `  xperf -on PROC_THREAD+LOADER+POOL -stackwalk PoolAlloc+PoolFree+PoolAllocSession+PoolFreeSession -PoolTag ${word} -BufferSize 1024 -MaxFile 1024 -FileMode Circular`,
    `  and when it has leaked:  xperf -d ${file}`,
    'or, for all tags at once, with what Windows 10 and later bring along:',
    `  wpr -start Pool -filemode     and then:  wpr -stop ${file}`,
    '64-bit Windows needs this before, and a restart:  wpr -disablepagingexecutive on',
    `Windows Performance Analyzer shows the stacks in its Pool graphs, by tag.`,
  ].join('\n');
}
