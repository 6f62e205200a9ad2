import { describe, expect, it } from 'vitest';
import type { NetConnection } from '../../../src/kd/net/connection.js';
import { parseKey } from '../../../src/kd/net/key.js';
import { type Connection, connectionName, parseConnection } from '../../../src/kd/stream/connection.js';

const serial = (port: string, baud: number): Connection => ({ kind: 'serial', port, baud });
const pipe = (path: string, reconnect = false): Connection => ({
  kind: 'socket',
  place: { path },
  pipe: true,
  reconnect,
});
const tcp = (host: string, port: number, reconnect = true): Connection => ({
  kind: 'socket',
  place: { host, port },
  pipe: false,
  reconnect,
});

describe('the value of -k on Windows', () => {
  it.each<[string, Connection]>([
    ['com:port=com1,baud=115200', serial('\\\\.\\com1', 115200)],
    ['com:port=COM17,baud=19200', serial('\\\\.\\COM17', 19200)],
    ['com:port=\\\\.\\COM17,baud=9600', serial('\\\\.\\COM17', 9600)],
    ['com:port=//./com10', serial('\\\\.\\com10', 19200)],
    ['com:port=COM2:', serial('\\\\.\\COM2', 19200)],
    ['COM:BAUD=57600,PORT=com2', serial('\\\\.\\com2', 57600)],
    ['com:', serial('\\\\.\\com1', 19200)],
    ['com:pipe,port=\\\\.\\pipe\\com_1,resets=0,reconnect', pipe('\\\\.\\pipe\\com_1', true)],
    ['com:port=\\\\.\\pipe\\com_1,pipe', pipe('\\\\.\\pipe\\com_1')],
    ['com:pipe,port=\\\\VMHOST\\pipe\\a pipe,resets=0', pipe('\\\\VMHOST\\pipe\\a pipe')],
    ['com:pipe,port=//./pipe/com_1,reconnect', pipe('//./pipe/com_1', true)],
    ['com:pipe,port=\\\\.\\pipe\\a=b', pipe('\\\\.\\pipe\\a=b')],
    ['com:ipport=4000,port=10.0.0.7', tcp('10.0.0.7', 4000, false)],
    ['com:ipport=4000,port=fe80::1,reconnect', tcp('fe80::1', 4000)],
    ['tcp:127.0.0.1:4444', tcp('127.0.0.1', 4444)],
    ['TCP:vm.example.org:65535', tcp('vm.example.org', 65535)],
    ['tcp:[::1]:1', tcp('::1', 1)],
    ['tcp:::1:4444', tcp('::1', 4444)],
  ])('%s', (text, expected) => {
    expect(parseConnection(text, {}, 'win32')).toEqual(expected);
  });
});

describe('the value of -k elsewhere', () => {
  it.each<[string, Connection]>([
    ['com:port=/dev/ttyUSB0,baud=115200', serial('/dev/ttyUSB0', 115200)],
    ['com:port=/dev/a port', serial('/dev/a port', 19200)],
    ['com:pipe,port=/run/my machines/com1,resets=0,reconnect', pipe('/run/my machines/com1', true)],
    ['com:pipe,port=com1.sock', pipe('com1.sock')],
  ])('%s', (text, expected) => {
    expect(parseConnection(text, {}, 'linux')).toEqual(expected);
  });
});

describe('kd’s environment', () => {
  const env = { _NT_DEBUG_PORT: 'com3', _NT_DEBUG_BAUD_RATE: '57600' };

  it('says what -k does not', () => {
    expect(parseConnection(undefined, env, 'win32')).toEqual(serial('\\\\.\\com3', 57600));
    expect(parseConnection('com:port=com4', env, 'win32')).toEqual(serial('\\\\.\\com4', 57600));
    expect(parseConnection('com:baud=9600', env, 'win32')).toEqual(serial('\\\\.\\com3', 9600));
  });

  it('that is empty says nothing', () => {
    const empty = { _NT_DEBUG_PORT: '', _NT_DEBUG_BAUD_RATE: '' };
    for (const none of [{}, empty])
      expect(parseConnection(undefined, none, 'win32')).toEqual(serial('\\\\.\\com1', 19200));
  });

  it('that is wrong is named', () => {
    expect(() => parseConnection(undefined, { _NT_DEBUG_BAUD_RATE: 'fast' }, 'win32')).toThrowError(
      expect.objectContaining({
        message: '"_NT_DEBUG_BAUD_RATE=fast" is not a valid connection.',
        remedy: expect.stringContaining('_NT_DEBUG_BAUD_RATE=115200'),
      }),
    );
  });
});

describe('what is not a valid connection', () => {
  it.each<[NodeJS.Platform, string, string]>([
    ['win32', '', 'Write com:port=com1,baud=115200, or com:pipe,port=PATH'],
    ['win32', 'com', 'Write com:port=com1'],
    ['win32', 'comx', 'Write com:port=com1'],
    ['win32', 'serial:port=com1', 'Write com:port=com1'],
    ['win32', 'usb:targetname=x', 'speaks KDNET and the serial protocol'],
    ['win32', '1394:channel=10', 'speaks KDNET and the serial protocol'],
    ['win32', 'com:modem', 'dials no modem'],
    ['win32', 'com:port=com1,speed=9600', '"speed" is not a parameter of com'],
    ['win32', 'com:port=com1,baud=', 'Write baud=115200'],
    ['win32', 'com:port=com1,baud=1e5', 'Write baud=115200'],
    ['win32', 'com:port=com1,baud=0x2580', 'Write baud=115200'],
    ['win32', 'com:port=com1,baud=299', 'Write baud=115200'],
    ['win32', 'com:port=com1,baud=4000001', 'Write baud=115200'],
    ['win32', 'com:pipe', 'Name the pipe'],
    ['win32', 'com:pipe,port=', 'Name the pipe'],
    ['win32', 'com:pipe,port=com_1', 'com:pipe,port=\\\\.\\pipe\\NAME'],
    ['win32', 'com:pipe,port=\\\\.\\pipe\\', 'com:pipe,port=\\\\.\\pipe\\NAME'],
    ['win32', 'com:port=\\\\.\\pipe\\com_1', 'com:pipe,port=\\\\.\\pipe\\com_1,resets=0,reconnect'],
    ['linux', 'com:pipe,port=\\\\.\\pipe\\com_1', 'There are no named pipes on this host'],
    ['linux', 'com:ipport=4000', 'com:ipport=4000,port=10.0.0.7'],
    ['linux', 'com:ipport=,port=10.0.0.7', 'com:ipport=4000,port=10.0.0.7'],
    ['linux', 'com:ipport=70000,port=10.0.0.7', 'com:ipport=4000,port=10.0.0.7'],
    ['linux', 'tcp:4444', 'Write tcp:HOST:PORT'],
    ['linux', 'tcp:host', 'Write tcp:HOST:PORT'],
    ['linux', 'tcp::4444', 'Write tcp:HOST:PORT'],
    ['linux', 'tcp:host:0', 'Write tcp:HOST:PORT'],
    ['linux', 'tcp:host:65536', 'Write tcp:HOST:PORT'],
    ['linux', 'tcp:a host:4444', 'Write tcp:HOST:PORT'],
    ['linux', 'tcp:[::1:4444', 'Write tcp:HOST:PORT'],
    ['linux', 'tcp:host:4444,reconnect', 'Write tcp:HOST:PORT'],
  ])('%s: "%s"', (platform, text, remedy) => {
    const refusal = { code: 'bad-connection', exitCode: 2, remedy: expect.stringContaining(remedy) };
    expect(() => parseConnection(text, {}, platform)).toThrowError(expect.objectContaining(refusal));
  });

  it('is repeated in the message, but for what may be a key', () => {
    const message = (text: string): string => {
      try {
        parseConnection(text, {}, 'win32');
      } catch (error) {
        return (error as Error).message;
      }
      throw new Error(`${text} is taken`);
    };
    expect(message('com:port=com1,speed=1')).toBe('"com:port=com1,speed=1" is not a valid connection.');
    for (const kind of ['net', 'NET', ' net'])
      expect(message(`${kind}:port=x,key=1.2.3.4`)).toBe('"net:…" is not a valid connection.');
    expect(message('usb:key=1.2.3.4')).toBe('"usb:…" is not a valid connection.');
    expect(message('nett:port=1,key=1.2.3.4')).not.toContain('1.2.3.4');
  });
});

describe('KDNET', () => {
  const parsed = (text: string, env = {}) => parseConnection(text, env) as NetConnection;

  it('has a port, a key, and perhaps a target that waits', () => {
    const keys = parseKey('1.2.3.4');
    expect(parsed('net:port=50000,key=1.2.3.4')).toEqual({ kind: 'net', port: 50_000, keys, target: undefined });
    expect(parsed('NET:Key=1.2.3.4,Target=[fd00::7],PORT=1')).toMatchObject({ port: 1, keys, target: 'fd00::7' });
    expect(parsed('net:key=1.2.3.4').port).toBe(5364);
  });

  it('has its key from the environment where it is not to be seen', () => {
    for (const LIVEDEBUG_KDNET of ['key=1.2.3.4', '1.2.3.4'])
      expect(parsed('net:port=50000', { LIVEDEBUG_KDNET }).keys).toEqual(parseKey('1.2.3.4'));
  });

  it.each([
    ['net:port=50000', 'There is no key'],
    ['net:port=50000,key=1.2.3', 'four parts'],
    ['net:port=0,key=1.2.3.4', 'from 1 to 65535'],
    ['net:port=70000,key=1.2.3.4', 'from 1 to 65535'],
    ['net:port=1,key=1.2.3.4,target=', 'target=HOST'],
    ['net:port=1,key=1.2.3.4,busparams=0.1.0', '"busparams" is not a parameter of net'],
  ])('is refused with a way on: %s', (text, remedy) => {
    const refusal = { code: 'bad-net-connection', exitCode: 2, remedy: expect.stringContaining(remedy) };
    expect(() => parsed(text)).toThrowError(expect.objectContaining(refusal));
  });
});

it('a connection is named as kd prints it', () => {
  const name = (text: string): string => connectionName(parseConnection(text, {}, 'win32'));
  expect(name('com:port=com1')).toBe('\\\\.\\com1');
  expect(name('com:pipe,port=\\\\.\\pipe\\com_1')).toBe('\\\\.\\pipe\\com_1');
  expect(name('tcp:localhost:4444')).toBe('localhost:4444');
  expect(name('tcp:[::1]:4444')).toBe('[::1]:4444');
});
