import { script } from './cmd-text.js';
import type { TargetSettings } from './kit.js';
import { hex, type PoolTag } from './tag.js';
import { warningsFor } from './warnings.js';

/** The page that travels with the scripts. */
export function readme(settings: TargetSettings): string {
  const { tag, os, port, baud, bootIni, byHitTag } = settings;
  return script(
    `livedebug kit: find out who allocates the pool tag '${tag.tag}' (${hex(tag.value)})`,
    `for ${os === 'vista+' ? 'Windows Vista, Server 2008 and later' : 'Windows XP and Server 2003'}, debugger on COM${port} at ${baud} baud`,
    '',
    'ON THE TARGET, in a command prompt of an administrator:',
    '',
    '  prepare.cmd   remembers what is there, adds a copy of the boot entry with',
    `                debugging on${byHitTag ? '' : ', sets PoolTag'}. May be run again.`,
    '  check.cmd     shows what is set up, and how Windows was started.',
    '  undo.cmd      puts back exactly what was there. May be run again.',
    ...(byHitTag ? [] : ['  pooltag.reg   the registry value alone, for those who set it by hand.']),
    '',
    'Keep this folder until undo.cmd has run: state-COMPUTERNAME in it is the memory',
    'of what was there before, with a full backup of the boot configuration.',
    '',
    ...(bootIni
      ? [
          'boot.ini.new is boot.ini.original with one line added. prepare.cmd replaces',
          'C:\\boot.ini only if it is still the original. By hand:',
          '  attrib -r -h -s C:\\boot.ini',
          '  copy boot.ini.new C:\\boot.ini',
          '  attrib +r +h +s C:\\boot.ini',
          '',
        ]
      : []),
    'ON THE HOST:',
    '',
    `  livedebug start --tag ${tagWord(tag)} --port com1 --baud ${baud}${byHitTag ? ' --strategy pool-hit-tag' : ''}`,
    '',
    'BEWARE',
    '',
    ...warningsFor(settings).flatMap((warning) => [...wrap(warning), '']),
  );
}

/** The tag as a word of the host's command line; what a shell would act on between quotes is left to who types it. */
function tagWord({ tag }: PoolTag): string {
  const text = tag.trimEnd();
  if (/^\w+$/.test(text)) return text;
  return /^[^"%$`!\\]+$/.test(text) ? `"${text}"` : 'TAG';
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = '*';
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > 78) {
      lines.push(line);
      line = ' ';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
