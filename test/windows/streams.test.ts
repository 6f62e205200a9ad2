import { describe, expect, it } from 'vitest';
import { serialStream } from '../../src/kd/stream/serial-stream.js';
import { socketStream } from '../../src/kd/stream/socket-stream.js';
import { serialBench, socketBench } from '../kd/stream/other-ends.js';
import { streamContract } from '../kd/stream/stream-contract.js';

// The Windows tier names two ports that are the ends of one cable.
const [ours, theirs] = (process.env.LIVEDEBUG_TEST_COM ?? '').split(',');
const windows = process.platform === 'win32';
const nobody = { bytes: () => undefined, gone: () => undefined };
let pipes = 0;

if (windows)
  streamContract({
    name: 'a named pipe',
    plenty: 4 << 20,
    showsEnd: true,
    hasHalves: false,
    bench: (greeting) => socketBench({ path: `\\\\.\\pipe\\livedebug test ${process.pid} ${pipes++}` }, greeting),
  });

if (windows && ours && theirs)
  streamContract({
    name: 'a serial port of Windows',
    plenty: 512 << 10,
    // The cable of the tier stays in.
    showsEnd: false,
    hasHalves: false,
    // On a busy host the last bytes now and then stay in Wine's ports until more of them come.
    retry: process.env.LIVEDEBUG_CONSOLE_EVENT === 'ctrl-c' ? 3 : 0,
    bench: (greeting) =>
      serialBench(
        [`\\\\.\\${ours}`, theirs],
        greeting,
        () => undefined,
        () => undefined,
      ),
  });

describe.skipIf(!windows)('a stream that does not open on Windows', () => {
  it('is a pipe that nobody has made', async () => {
    const path = `\\\\.\\pipe\\livedebug no such pipe ${process.pid}`;
    await expect(socketStream({ path })(nobody)).rejects.toMatchObject({
      code: 'pipe-missing',
      exitCode: 3,
      message: `${path} is not there.`,
    });
  });

  it('is a port that is not there', async () => {
    await expect(serialStream('\\\\.\\COM231', 19_200)(nobody)).rejects.toMatchObject({
      code: 'port-missing',
      exitCode: 3,
    });
  });

  it('is a TCP port that nobody listens at', async () => {
    // Port 1 belongs to a service that no Windows has had for decades.
    await expect(socketStream({ host: '127.0.0.1', port: 1 })(nobody)).rejects.toMatchObject({
      code: 'pipe-missing',
      exitCode: 3,
    });
  });
});
