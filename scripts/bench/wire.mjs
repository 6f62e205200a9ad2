// What the built-in kd's lower half moves on the line. On virtual time, against the simulated target: bytes, packets and
// milliseconds of every request kind, as a ratio to the floor, which is the sum of the packets that cannot be spared. In real
// time: requests per second over a Unix socket against a bare ping-pong, and the packet reader against plain scans.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeRequest } from '../../dist/kd/control/api.js';
import { readSpecial } from '../../dist/kd/control/control-space.js';
import { socketStream } from '../../dist/kd/stream/socket-stream.js';
import { Link } from '../../dist/kd/wire/link.js';
import { encodeAcknowledge, encodeData, INITIAL_ID, PACKET } from '../../dist/kd/wire/packet.js';
import { PacketReader } from '../../dist/kd/wire/packet-reader.js';
import { realTimers } from '../../dist/kd/wire/timers.js';
import { paired, row } from './measure.mjs';
import { SimulatedKd } from './simulated-kd.mjs';

const BAUDS = [19_200, 115_200];
/** Bytes of a request with its reply and both acknowledgements, without data; of a continue; of a stop's report. */
const [REQUEST, CONTINUE, REPORT] = [178, 89, 277];
/** One module of the list: its entry and its name. */
const MODULE = 480;
/** What WinDbg was seen to move for its first stop (x64). */
const WINDBG_ATTACH = 28_132;
const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export async function run() {
  for (const architecture of ['x86', 'x64']) {
    const [slow, fast] = [await costs(architecture, BAUDS[0]), await costs(architecture, BAUDS[1])];
    for (const [index, { name, floor, bytes, packets, ms }] of slow.entries()) {
      const ratio = floor === undefined ? '' : `floor ${floor}, ratio ${(bytes / floor).toFixed(2)}`;
      const times = [ms, fast[index].ms].map((each, at) => `${each.toFixed(0)} ms at ${BAUDS[at]}`);
      row(`${architecture} ${name}`, `${bytes} bytes`, `${packets} packets`, ratio, ...times);
    }
  }
  await requestsPerSecond();
  await readerSpeed();
}

/** Every kind of request once, in an order in which none is answered from a cache. */
async function costs(architecture, baud) {
  const kd = new SimulatedKd({ architecture, baud, wakes: { worker: 1000 } });
  const rows = [];
  const measure = async (name, floor, work) => rows.push({ name, floor, ...(await kd.cost(work)) });

  await measure('attach until the prompt', WINDBG_ATTACH, () => kd.attach());
  const { known, machine, link } = kd;
  const { general, contextBytes, pc, sp } = known.architecture;
  const stack = machine.processors[0].get(sp);
  const code = machine.address('nt!MmAllocateSpecialPool');
  for (const [bytes, address] of [
    [16, stack],
    [256, stack + 0x100n],
    [3944, code],
  ])
    await measure(`read ${bytes} bytes`, REQUEST + bytes, () => kd.settle(known.memory.read(address, bytes)));
  const modules = machine.images.filter(({ loaded, name }) => loaded && name !== 'ntdll').length;
  await measure(`list of ${modules} modules`, modules * MODULE, () => kd.settle(known.modules.all()));

  const forget = () => known.contexts.stopped(0);
  const { offset, bytes } = architecture === 'x86' ? { offset: 0xb4, bytes: 0x14 } : { offset: 0x90, bytes: 0x70 };
  forget();
  await measure('registers of a stack walk', REQUEST + bytes, () => kd.settle(known.contexts.slice(offset, bytes)));
  forget();
  const all = general.bytes;
  await measure('registers of r', REQUEST + all, () => kd.settle(known.contexts.slice(general.offset, all)));
  forget();
  await measure('whole context', REQUEST + contextBytes, () => kd.settle(known.contexts.slice(0, contextBytes)));
  const register = known.architecture.registers.get(pc).bytes;
  const value = machine.processors[0].get(pc);
  const set = () => kd.settle(known.contexts.set({ [pc]: value }));
  forget();
  await measure('first register set of a session', REQUEST + register, set);
  await measure('register set', REQUEST + register, set);
  const { special } = known.architecture;
  const width = architecture === 'x86' ? 4 : 8;
  await measure('control space, DR7', REQUEST + width, () =>
    kd.settle(readSpecial(link, known.architecture, known.quality, 0, special.dr7, width)),
  );

  const breakpoint = known.breakpoints.add(code, 'software');
  await measure('WriteBreakPoint', REQUEST, () => kd.settle(known.breakpoints.insert()));
  await measure('RestoreBreakPoint', REQUEST, () => kd.settle(known.breakpoints.clear(breakpoint)));
  await kd.settle(kd.target.step());
  await kd.stop();
  await measure('continue and acknowledgement', CONTINUE, () => kd.go());
  await measure('break-in until the stop', 1 + REPORT, () => kd.breakIn());

  // Once a debug register stands in for the table: on x86 the routine's mov edi,edi is done by setting registers, on x64 the
  // resume flag is set.
  known.breakpoints.add(code, 'software');
  for (let hit = 0; hit < 3; hit++) {
    await kd.go();
    await kd.stop();
  }
  const oneHit = (each) => async () => {
    await each.go();
    await each.stop();
  };
  await measure('hit, counted only', REPORT + CONTINUE + 2 * REQUEST + 4, oneHit(kd));

  const careful = new SimulatedKd({ architecture, baud, ways: 'careful', wakes: { worker: 1000 } });
  await careful.attach();
  careful.known.breakpoints.add(code, 'software');
  await oneHit(careful)();
  const floor = 2 * REPORT + 2 * CONTINUE + REQUEST;
  rows.push({ name: 'hit, counted only, --careful', floor, ...(await careful.cost(oneHit(careful))) });
  return rows;
}

const SOCKET_REQUESTS = 2000;
const ECHO = `
  require('node:net').createServer((socket) => { socket.setNoDelay(true); socket.pipe(socket); })
    .listen(process.argv[1], () => process.stderr.write('listens at ' + process.argv[1] + '\\n'));
`;

/** Real time: reads of 16 bytes from a simulated target in another process, against 56 bytes that come back as they are. */
async function requestsPerSecond() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'livedebug-bench-'));
  const children = [];
  try {
    const echo = path.join(folder, 'echo');
    children.push(await started(['-e', ECHO, echo]));
    for (const architecture of ['x86', 'x64']) {
      const place = path.join(folder, architecture);
      const words = ['simulate', 'target', '--listen', `unix:${place}`, '--arch', architecture, '--state', 'halted'];
      children.push(await started([main, ...words]));
      const link = await linked(place);
      const ping = await pinged(echo);
      const request = encodeRequest({
        api: 0x3130,
        fields: [
          [16, await link.kernelBase()],
          [24, 16],
        ],
      });
      const each = (call) => async () => {
        const start = performance.now();
        for (let n = 0; n < SOCKET_REQUESTS; n++) await call();
        return performance.now() - start;
      };
      const { a, b, ratio } = await paired(
        5,
        each(() => link.ask(request)),
        each(ping.once),
      );
      const perSecond = (ms) => `${Math.round((SOCKET_REQUESTS * 1000) / ms)}/s`;
      row(
        `${architecture} read 16 bytes, by socket`,
        perSecond(a),
        `ping-pong of 56 bytes ${perSecond(b)}`,
        `time ratio ${ratio.toFixed(2)}`,
      );
      await link.close();
      ping.close();
    }
  } finally {
    for (const child of children) child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Starts a program that says on stderr that it listens. */
function started(words) {
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said += text;
      if (/listens at/.test(said)) resolve(child);
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`it did not start: ${said}`)));
  });
}

async function linked(place) {
  let stream;
  const link = new Link((bytes) => stream.write(bytes), { stateChange: () => {} }, realTimers);
  stream = await socketStream({ path: place })({ bytes: (chunk) => link.receive(chunk), gone: () => {} });
  link.reset();
  const ask = async (payload) => (await link.request(payload)).reply;
  const version = encodeRequest({ api: 0x3146, processor: 0xffff });
  const close = async () => {
    link.close();
    await stream.close();
  };
  return { ask, close, kernelBase: async () => (await ask(version)).readBigUInt64LE(32) };
}

function pinged(place) {
  const bytes = Buffer.alloc(56);
  return new Promise((resolve) => {
    const socket = connect(place, () => {
      socket.setNoDelay(true);
      let back = () => {};
      let missing = 0;
      socket.on('data', (chunk) => {
        missing -= chunk.length;
        if (missing === 0) back();
      });
      const once = () =>
        new Promise((done) => {
          [back, missing] = [done, bytes.length];
          socket.write(bytes);
        });
      resolve({ once, close: () => socket.destroy() });
    });
  });
}

const READER_BYTES = 32e6;

/** Memory replies with their acknowledgements through the packet reader, against scans and copies of the same bytes. */
async function readerSpeed() {
  for (const [name, data] of [
    ['long packets', 3944],
    ['short packets', 16],
  ]) {
    const payload = Buffer.alloc(56 + data, 0x5a);
    const pair = Buffer.concat([
      encodeAcknowledge(INITIAL_ID),
      encodeData(PACKET.stateManipulate, INITIAL_ID, payload),
    ]);
    const pairs = Math.ceil(READER_BYTES / pair.length);
    const bytes = Buffer.alloc(pairs * pair.length, pair);
    for (const chunk of [65_536, 16]) {
      const timed = (work) => async () => {
        const start = performance.now();
        work();
        return performance.now() - start;
      };
      const read = timed(() => {
        const reader = new PacketReader();
        let packets = 0;
        for (let at = 0; at < bytes.length; at += chunk) packets += reader.push(bytes.subarray(at, at + chunk)).length;
        if (packets !== 2 * pairs) throw new Error(`${2 * pairs} packets were written and ${packets} read`);
      });
      const scan = timed(() => {
        for (let at = 0; at < bytes.length; at += chunk) bytes.subarray(at, at + chunk).indexOf('no packet');
      });
      const copy = timed(() => {
        for (let at = 0; at < bytes.length; at += chunk) Buffer.from(bytes.subarray(at, at + chunk));
      });
      const scanned = await paired(3, read, scan);
      const copied = await paired(3, read, copy);
      const speed = (ms) => `${(bytes.length / 1000 / ms).toFixed(0)} MB/s`;
      row(
        `packet reader, ${name} by ${chunk}`,
        speed(scanned.a),
        `indexOf ${speed(scanned.b)}, time ratio ${scanned.ratio.toFixed(1)}`,
        `copy ${speed(copied.b)}, time ratio ${copied.ratio.toFixed(1)}`,
      );
    }
  }
}
