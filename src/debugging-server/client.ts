import { connect } from 'node:net';
import { hostname, userInfo } from 'node:os';
import type { KdOptions } from '../kd-text/kd-options.js';
import { lineCutter } from '../kd-text/line-cutter.js';
import { CANNOT_CONNECT } from '../kd-text/listings/banner.js';
import { encodeFrame, frameReader, type Hello } from '../platform/pipes/pipe-frames.js';
import { checkPipeDirectory, pipePath } from '../platform/pipes/pipe-path.js';

type Remote = NonNullable<KdOptions['remote']>;

/** Joins a debugging server and relays: its output here, what is typed here there. Resolves to kd's exit code. */
export function runClient(remote: Remote, options: KdOptions): Promise<number> {
  checkPipeDirectory();
  return new Promise((resolve) => {
    const socket = connect(pipePath(remote.pipe, process.platform, process.env, remote.host));
    let joined = false;
    let pressed = false;
    let refused = '';
    const output = process.stdout.on('error', () => socket.destroy());
    const read = frameReader(
      (type, payload) => {
        if (type === 'O') {
          if (!output.write(payload)) {
            socket.pause();
            output.once('drain', () => socket.resume());
          }
        } else if (type === 'E') refused = payload.toString();
        else if (type === 'X') socket.end();
      },
      () => socket.destroy(),
    );
    socket.on('connect', () => {
      joined = true;
      socket.write(encodeFrame('H', JSON.stringify(helloOf(remote, options))));
      for (const command of options.commands) socket.write(encodeFrame('L', command));
      if (pressed) breakIn();
      process.stdin.on('data', cut);
      process.stdin.on('end', () => socket.end());
    });
    // A key that is pressed before the server knows who joins waits: it takes nothing of strangers.
    const breakIn = (): void => {
      if (!joined) pressed = true;
      else if (socket.writable) socket.write(encodeFrame('B'));
    };
    const cut = lineCutter((text) => {
      if (text.startsWith('\x02')) socket.end();
      else if (/^[\x03\x06]/.test(text)) breakIn();
      else if (socket.writable) socket.write(encodeFrame('L', text));
    });
    process.on('SIGINT', breakIn);
    if (process.platform === 'win32') process.on('SIGBREAK', breakIn);
    socket.on('data', read);
    socket.on('error', () => {});
    socket.on('close', () => {
      // Whoever typed may keep the input open: that must not keep this process.
      process.stdin.destroy();
      if (!joined) refused = 'Win32 error 0n2';
      const failure = `${CANNOT_CONNECT} '${describe(remote)}'\nUnable to connect to server: ${refused}\n`;
      output.write(refused === '' ? '' : failure, () => resolve(refused === '' ? 0 : 1));
    });
  });
}

function helloOf(remote: Remote, options: KdOptions): Hello {
  return {
    user: `${hostname()}\\${userInfo().username}`,
    breaks: options.breakOnConnect,
    ...(remote.password !== undefined && { password: remote.password }),
    ...(options.historyLines !== undefined && { lines: options.historyLines }),
  };
}

function describe(remote: Remote): string {
  return `npipe:Pipe=${remote.pipe},Server=${remote.host}`;
}
