// The computer at the other end of a serial port: a simulated target, which runs outside Wine.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { killGroup } from './wine.mjs';

const MAIN = path.join(import.meta.dirname, '../../dist/main.js');

/**
 * Starts a target with a leak at its end of a cable. It sends every packet at once, not at the pace of a line: a byte that comes
 * alone to a port of Wine 8 is told only with the next one, and after the last acknowledgement there is none.
 * @param books file in which it keeps its books
 * @returns the path of the books as Wine has it, and what ends the target
 */
export async function switchOn(device, books, signal) {
  const words = ['--listen', `tty:${device}`, '--hits-per-second', '20', '--books', books];
  const child = spawn(process.execPath, [MAIN, 'simulate', 'target', ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  const end = () => killGroup(child.pid);
  signal.addEventListener('abort', end, { once: true });
  let said = '';
  await new Promise((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said += text;
      if (said.includes('listens at')) resolve();
    });
    child.once('error', reject);
    child.once('close', () => reject(signal.aborted ? signal.reason : new Error(`no simulated target: ${said}`)));
  });
  return { books: `Z:${books.replaceAll('/', '\\')}`, end };
}
