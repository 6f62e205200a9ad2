import { script } from './cmd-text.js';
import { FIREWALL, KEY_FILE } from './kdnet.js';
import type { UndoSettings } from './kit.js';
import { hexTag, type PoolTag } from './tag.js';
import { warningsFor } from './warnings.js';

/** The page that travels with the scripts. */
export function readme(settings: UndoSettings): string {
  const { tag, os, port, baud, bootIni, byHitTag, net } = settings;
  const windows = net
    ? 'Windows 8, Server 2012 and later'
    : os === 'vista+'
      ? 'Windows Vista, Server 2008 and later'
      : 'Windows XP and Server 2003';
  const way = net ? `over the network, UDP port ${net.port}` : `on COM${port} at ${baud} baud`;
  return script(
    `livedebug kit: find out who allocates the pool tag '${tag.tag}' (${hexTag(tag.value)})`,
    `for ${windows}, debugger ${way}`,
    '',
    'ON THE TARGET, in a command prompt of an administrator:',
    '',
    '  prepare.cmd   remembers what is there, adds a copy of the boot entry with',
    `                debugging on${byHitTag ? '' : ', sets PoolTag'}. May be run again.`,
    '  check.cmd     shows what is set up, and how Windows was started.',
    '  undo.cmd      puts back exactly what was there. May be run again.',
    ...(byHitTag ? [] : ['  pooltag.reg   the registry value alone, for those who set it by hand.']),
    ...(net?.key === undefined
      ? []
      : [
          `  ${KEY_FILE} the key of the connection. Whoever has it can do with this`,
          '                computer what a debugger can: keep it to yourselves.',
          '                undo.cmd deletes it here; delete the copy of the host, too.',
        ]),
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
    ...(net ? onHost(net) : []),
    `  livedebug start --tag ${tagWord(tag)} --port ${net ? `net:port=${net.port}` : `com1 --baud ${baud}`}${byHitTag ? ' --strategy pool-hit-tag' : ''}`,
    '',
    'BEWARE',
    '',
    ...warningsFor(settings).flatMap((warning) => [...wrap(warning), '']),
  );
}

/** What comes before the session where the target asks over the network. The key is read from its file, and typed nowhere. */
function onHost({ port, host }: { readonly port: number; readonly host?: string }): string[] {
  return [
    'Let the target through the firewall, by one of:',
    '',
    `  ${FIREWALL.windows(port)}`,
    `  ${FIREWALL.ufw(port)}`,
    `  ${FIREWALL.firewalld(port)}`,
    '',
    `Give the session the key, from the copy of ${KEY_FILE} there, by one of:`,
    '',
    `  export LIVEDEBUG_KDNET="$(cat ${KEY_FILE})"`,
    `  set /p LIVEDEBUG_KDNET=<${KEY_FILE}`,
    `  $env:LIVEDEBUG_KDNET = Get-Content ${KEY_FILE}`,
    '',
    'Look whether the target is heard, before the session or when it is not:',
    '',
    `  livedebug doctor --port net:port=${port}`,
    ...(host === undefined ? [] : ['', `Then, at the host with the address ${host}:`]),
    '',
  ];
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
