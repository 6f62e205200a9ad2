import path from 'node:path';
import { KEY_VARIABLE } from '../../kd-text/kdnet-key.js';
import { shellWord } from '../../platform/shell-word.js';
import { KEY_FILE, type NetSettings } from '../../prepare/kdnet.js';
import type { ChosenKey } from './target-net-options.js';

/** What is said of the key, on standard error: one that was made is shown this one time. */
export function keyText({ key, from }: ChosenKey): string {
  switch (from) {
    case 'made':
      return `The key of this connection, made now and shown only here: ${key}\nOf the files only ${KEY_FILE} in the kit has it.`;
    case 'kit':
      return `The key is the one that ${KEY_FILE} of this kit has already.`;
    case 'environment':
      return `The key is that of ${KEY_VARIABLE}. Of the files only ${KEY_FILE} in the kit has it.`;
    case 'flag':
      return `Of the files only ${KEY_FILE} in the kit has the key.`;
  }
}

/** How a session gets the key out of its file, so that nobody types it. */
export function keyCommands(folder: string, platform: NodeJS.Platform = process.platform): string[] {
  const file = shellWord(path.join(folder, KEY_FILE), platform);
  return platform === 'win32'
    ? [`set /p ${KEY_VARIABLE}=<${file}`, `$env:${KEY_VARIABLE} = Get-Content ${file}   (PowerShell)`]
    : [`export ${KEY_VARIABLE}="$(cat ${file})"`];
}

/** What is typed here while the target restarts. */
export function netSessionText(start: string, folder: string, { port }: Pick<NetSettings, 'port'>): string {
  return [
    `Then here, with the key in ${KEY_VARIABLE}:`,
    ...keyCommands(folder).map((line) => `  ${line}`),
    `  ${start}`,
    `Nothing comes? livedebug doctor --port net:port=${port} listens, and says what it hears.`,
    '',
  ].join('\n');
}
