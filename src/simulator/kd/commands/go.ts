import { formatPlace } from '../../../kd-text/stop.js';
import type { CommandOutcome, Kd } from '../kd.js';
import { stopPlace } from '../text-stop.js';
import type { Command } from './index.js';

const go: Command = () => 'go';

/** g and its relatives resume the target and give no prompt; p and t step and do. */
export const goCommands: Readonly<Record<string, Command>> = {
  g: go,
  gh: go,
  gn: go,
  gu: go,
  gc: go,
  p: step,
  t: step,
  '.reboot': () => 'reboot',
};

async function step(kd: Kd): Promise<CommandOutcome> {
  await kd.spend('resume');
  await kd.spend('stop');
  const from = kd.stop;
  if (!from) return 'error';
  const site = from.site.replace(/\+0x[0-9a-f]+$/, '');
  const address = from.address + 2n;
  const offset = address - kd.symbols.place(site);
  kd.stop = { ...from, address, site: `${site}+0x${offset.toString(16)}` };
  for (const line of formatPlace(stopPlace(kd.stop, kd.symbols))) kd.console.line(line);
  return 'done';
}
