// One hit with its whole stack over KDNET by the built-in kd, in bytes and datagrams of UDP, beside the same on a serial line and
// what Microsoft's engine was measured to move at the same simulated target (x64).
import { windows } from '../../dist/simulator/stub/kd-variant.js';
import { row } from './measure.mjs';
import { SimulatedShell } from './simulated-shell.mjs';

const WARM = 12;
const HITS = 40;
const COMMAND = 'bp nt!MmAllocateSpecialPool ";kb;g"';
/** Per stop of `kb;g`: dbgeng 10.0.29507.1001, 26 stops of a clean capture, pokes among them. */
const ENGINE = { bytes: 16_578, datagrams: 140.4 };
const AIM = 0.25;

export async function run() {
  for (const architecture of ['x64', 'x86']) {
    const [net, serial] = [await hit(architecture, true), await hit(architecture, false)];
    const shares = [net.bytes / ENGINE.bytes, net.datagrams / ENGINE.datagrams];
    row(
      `${architecture} hit with stack over KDNET`,
      `${net.bytes.toFixed(0)} bytes in ${net.datagrams.toFixed(1)} datagrams`,
      `serial ${serial.bytes.toFixed(0)} bytes, ratio ${(net.bytes / serial.bytes).toFixed(2)}`,
      ...(architecture === 'x64'
        ? [
            `Microsoft's engine ${ENGINE.bytes} in ${ENGINE.datagrams}, ratio ${shares.map((each) => each.toFixed(2)).join(' and ')}, aim ${AIM}`,
          ]
        : []),
    );
  }
}

/** What one hit moves, once the first ones have read what is known from then on. */
async function hit(architecture, net) {
  const kd = new SimulatedShell({ architecture, net, personality: windows, wakes: { worker: 3, open: 3, deep: 3 } });
  const passed = () => (net ? { ...kd.traffic } : { bytes: kd.bytes, datagrams: 0 });
  if (net) await kd.see('Connected to target');
  await kd.breakIn();
  kd.type(COMMAND);
  await kd.see('kd> ');
  kd.type('g');
  for (let warm = 0; warm < WARM; warm++) await kd.see('RetAddr ');
  const before = passed();
  for (let counted = 0; counted < HITS; counted++) await kd.see('RetAddr ');
  const after = passed();
  await kd.breakIn();
  await kd.leave();
  return { bytes: (after.bytes - before.bytes) / HITS, datagrams: (after.datagrams - before.datagrams) / HITS };
}
