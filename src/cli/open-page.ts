import { spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { EXIT, Fault, messageOf } from '../fault.js';

/** What opens a page: BROWSER, or what the system has for it. */
function opener(file: string, platform: NodeJS.Platform, browser: string | undefined): [string, ...string[]] {
  const page = pathToFileURL(file).href;
  if (browser) return [browser, page];
  // Not by way of cmd, which would act on an ampersand in the name.
  if (platform === 'win32') return ['rundll32.exe', 'url.dll,FileProtocolHandler', page];
  return [platform === 'darwin' ? 'open' : 'xdg-open', page];
}

/** A browser that lives on has taken the page. */
const PATIENCE_MS = 2000;

/** Opens a page in a browser and does not wait for its end. @throws Fault `page-not-opened` */
export async function openPage(file: string, env = process.env, platform = process.platform): Promise<void> {
  const [command, ...args] = opener(file, platform, env.BROWSER);
  try {
    await new Promise<void>((resolve, reject) => {
      const child = spawn(command, args, { stdio: 'ignore', detached: true, windowsHide: true });
      const taken = setTimeout(resolve, PATIENCE_MS);
      child.once('error', reject);
      child.once('exit', (code) => {
        clearTimeout(taken);
        if (code === 0 || code === null) resolve();
        else reject(new Error(`${command} ended with ${code}`));
      });
      child.unref();
    });
  } catch (error) {
    throw new Fault(
      'page-not-opened',
      EXIT.missing,
      `The page is written, but could not be opened: ${messageOf(error)}.`,
      `Open it by hand: ${file}`,
      { cause: error },
    );
  }
}
