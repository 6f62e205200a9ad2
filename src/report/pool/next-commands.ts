import { shellWord } from '../../platform/shell-word.js';
import type { ReportCommand, ReportFoundTag, ReportTables, ReportTagUse, ReportVerifiedDriver } from './model.js';
import { hexOf } from './tag-names.js';

type Found = Pick<ReportTagUse, 'tag' | 'owner'> & { readonly pool?: ReportTagUse['pool'] };

/** What to type next, by what was read: to see the blocks of a tag, to find the drivers that bear it, and to record who allocates it. */
export function poolCommands(
  tables: ReportTables | null,
  found: readonly ReportFoundTag[],
  verified: readonly ReportVerifiedDriver[],
  platform: NodeJS.Platform = process.platform,
): ReportCommand[] {
  const [row] = tables?.tags ?? [];
  const suspect = row && (row.growth === null || row.growth.bytes > 0 || row.growth.count > 0) ? row : undefined;
  const [block] = found;
  const caller = verified.flatMap(({ callers }) => callers)[0];
  const commands: ReportCommand[] = [];
  if (tables && tables.compared < 2) commands.push(...later(tables));
  if (suspect && !block) commands.push(...seeBlocks(suspect));
  if (block?.example)
    commands.push({
      at: 'kd',
      command: `!pool ${kdAddress(block.example)} 2`,
      why: 'the block itself, and its neighbours',
    });
  if (caller) commands.push({ at: 'kd', command: '!verifier 80', why: 'the stacks of the last allocations and frees' });
  const tag: Found | undefined = suspect ?? block ?? (caller && { tag: caller.tag, owner: null });
  if (tag) commands.push(...recordTag(tag, caller !== undefined && !suspect && !block, platform));
  return commands;
}

/** One table shows no growth. */
function later({ first }: ReportTables): ReportCommand[] {
  const why = 'the same table again, an hour or a day later';
  const again: ReportCommand =
    first.source === 'poolused'
      ? { at: 'kd', command: `!poolused 2${first.scope === '' ? '' : ` ${first.scope}`}`, why }
      : { at: 'target', command: 'poolmon /n later.log', why };
  return [again, { at: 'host', command: 'livedebug compare EARLIER LATER', why: 'what grew between the two tables' }];
}

function seeBlocks({ tag, pool }: Found): ReportCommand[] {
  const named = /^[\w]{4}$/.test(tag) ? tag : hexOf(tag);
  if (named === null) return [];
  // A tag is typed as its value where kd's command line would take its characters for something else.
  return [
    {
      at: 'kd',
      command: `!poolfind ${named} ${pool === 'paged' ? 1 : 0}`,
      why: 'its blocks; takes long over a serial line',
    },
  ];
}

function recordTag({ tag, owner }: Found, verified: boolean, platform: NodeJS.Platform): ReportCommand[] {
  if (!/^[ -~]{4}$/.test(tag) || tag.trim() === '') return [];
  const typed = tagArgument(tag.trimEnd(), platform);
  const search: ReportCommand = {
    at: 'target',
    command: `findstr /m /l ${/^\w+$/.test(tag.trimEnd()) ? tag.trimEnd() : `/c:"${tag.trimEnd()}"`} %SystemRoot%\\System32\\drivers\\*.sys`,
    why: 'drivers in whose files the tag stands',
  };
  return [
    ...(owner?.driver || verified || /["%^]/.test(tag) ? [] : [search]),
    {
      at: 'host',
      command: `livedebug start ${typed}`,
      why: 'who allocates it: special pool, after livedebug target prepare and a reboot',
    },
    {
      at: 'host',
      command: `livedebug start ${typed} --strategy pool-hit-tag`,
      why: 'the same without a reboot: stops at every allocation and free',
    },
  ];
}

/** `--tag Ddk`, in quotes where the shell of this host needs them. */
export function tagArgument(tag: string, platform: NodeJS.Platform): string {
  const quoted = shellWord(tag, platform);
  return tag.startsWith('-') ? `--tag=${quoted}` : `--tag ${quoted}`;
}

/** 16 digits as kd prints them; those of x86 without the sign. */
function kdAddress(digits: string): string {
  return digits.startsWith('00000000') || digits.startsWith('ffffffff')
    ? digits.slice(8)
    : `${digits.slice(0, 8)}\`${digits.slice(8)}`;
}
