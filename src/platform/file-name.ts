import path from 'node:path';
import { EXIT, Fault } from '../fault.js';

/** Names of devices, with any extension and in any folder. Source: "Naming Files, Paths, and Namespaces". */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)\s*(?:[.:].*)?$/i;
/** What a path may have when programs that know no `\\?\` work with it: MAX_PATH, less its end. */
const LONGEST = 259;

/**
 * Refuses what Windows would take for a device, store under another name, or not store at all. Other systems take any name.
 * @param file a file or folder that somebody asked for
 * @param room characters that have to fit behind it
 * @throws Fault `bad-file-name`, `path-too-long`
 */
export function checkFileName(file: string, room = 0, platform: NodeJS.Platform = process.platform): void {
  if (platform !== 'win32') return;
  const why = whyNotOnWindows(file);
  if (why !== undefined)
    throw new Fault('bad-file-name', EXIT.usage, `'${file}' is not a valid file name: ${why}.`, 'Give another name.');
  const full = path.win32.resolve(file);
  if (!full.startsWith('\\\\?\\') && full.length + room > LONGEST)
    throw new Fault(
      'path-too-long',
      EXIT.usage,
      `'${file}' is too long: with what is kept there it has ${full.length + room} characters, and kd takes ${LONGEST}.`,
      'Name a shorter place, e.g. C:\\livedebug.',
    );
}

/** What Windows has against a path, in words; undefined if nothing. */
export function whyNotOnWindows(file: string): string | undefined {
  const bare = file.replace(/^\\\\[.?]\\/, '').replace(/^[a-z]:/i, '');
  for (const part of bare.split(/[\\/]/)) {
    if (DEVICE.test(part)) return `${part} is a device of Windows`;
    const odd = /[<>:"|?*\0-\x1f]/.exec(part)?.[0];
    if (odd !== undefined) return `${odd < ' ' ? 'a control character' : odd} cannot be part of a name`;
    if (/[. ]$/.test(part) && !/^\.{1,2}$/.test(part))
      return `Windows drops the ${part.at(-1) === '.' ? 'dot' : 'blank'} at the end of '${part}'`;
  }
  return undefined;
}
