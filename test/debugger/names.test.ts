import { describe, expect, it } from 'vitest';
import { refuseUnreachable } from '../../src/debugger/kd-reach.js';
import { serverName } from '../../src/debugger/server-name.js';
import { kernelOption, parseTransport } from '../../src/debugger/transport.js';

const option = (port: string) => kernelOption(parseTransport(port)).replace(',baud=19200', '');
const remedyOf = (attempt: () => unknown): string => {
  try {
    attempt();
  } catch (error) {
    expect(error).toMatchObject({ exitCode: 2 });
    return (error as { remedy: string }).remedy;
  }
  return 'accepted';
};

describe('--port com…', () => {
  it.each([
    ['com1', 'com1'],
    ['COM1:', 'COM1'],
    [' com10 ', 'com10'],
    ['\\\\.\\com1', '\\\\.\\com1'],
    ['\\\\.\\COM10:', '\\\\.\\COM10'],
    ['//./COM10', '\\\\.\\COM10'],
    ['/dev/ttyS0', '/dev/ttyS0'],
  ])('%s is %s for kd', (typed, port) => expect(option(typed)).toBe(`com:port=${port}`));

  it.each([
    ['1', 'write com1.'],
    ['1:', 'write com1.'],
    ['\\.\\com10', 'or write com10 alone.'],
    ['.com10', 'or write com10 alone.'],
    ['com 1', 'livedebug ports'],
    ['', 'livedebug ports'],
    ['\\\\.\\pipe\\com_1', '--port pipe:\\\\.\\pipe\\com_1'],
    ['//vmhost/pipe/com_1', '--port pipe://vmhost/pipe/com_1'],
  ])('%j is refused with a way on', (typed, remedy) => {
    expect(remedyOf(() => parseTransport(typed))).toContain(remedy);
  });
});

describe('--port tcp:…', () => {
  it.each([
    ['tcp:10.0.0.7:4444', 'com:ipport=4444,port=10.0.0.7'],
    ['tcp:[::1]:4444', 'com:ipport=4444,port=::1'],
    ['com:ipport=5555,port=10.0.0.7', 'com:ipport=5555,port=10.0.0.7'],
    ['com:port=com2,baud=115200', 'com:port=com2,baud=115200'],
    ['com:port=\\\\.\\com2', 'com:port=\\\\.\\com2,baud=19200'],
    ['com:pipe,port=\\\\.\\pipe\\com_1,resets=0,reconnect', 'com:pipe,port=\\\\.\\pipe\\com_1,resets=0,reconnect'],
    ['com:pipe,port=\\\\.\\pipe\\com_1', 'com:pipe,port=\\\\.\\pipe\\com_1,resets=0,reconnect'],
    ['com:pipe,port=\\\\.\\pipe\\com_1,resets=2', 'com:pipe,port=\\\\.\\pipe\\com_1,resets=2,reconnect'],
    ['com:port=\\\\.\\pipe\\com_1', 'com:pipe,port=\\\\.\\pipe\\com_1,resets=0,reconnect'],
    ['COM:Port=com1, Baud=115200', 'com:port=com1,baud=115200'],
    ['com:', 'com:port=com1,baud=19200'],
    ['-k com:port=com1,baud=115200', 'com:port=com1,baud=115200'],
    ['kd -k "com:port=com1,baud=115200"', 'com:port=com1,baud=115200'],
    ['pipe,port=\\\\.\\pipe\\com_1', 'com:pipe,port=\\\\.\\pipe\\com_1,resets=0,reconnect'],
    ['port=com2,baud=38400', 'com:port=com2,baud=38400'],
    ['net:port=50000,key=1.2.3.4', 'net:port=50000,key=1.2.3.4'],
    ['NET:Port=50000, Key=1.2.3.4,target=10.0.0.7', 'net:Port=50000,Key=1.2.3.4,target=10.0.0.7'],
    ['usb:targetname=LAB7', 'usb:targetname=LAB7'],
    ['USB: targetname=LAB7', 'USB:targetname=LAB7'],
    ['1394:channel=3', '1394:channel=3'],
    ['1394:instance=1,channel=3', '1394:instance=1,channel=3'],
  ])('%s is %s for kd', (typed, wanted) => expect(kernelOption(parseTransport(typed))).toBe(wanted));

  it('takes the key of KDNET from the environment where none is typed', () => {
    const option = (typed: string, LIVEDEBUG_KDNET: string) =>
      kernelOption(parseTransport(typed, undefined, { LIVEDEBUG_KDNET }));
    for (const held of ['key=1.2.3.4', '1.2.3.4\r\n', ' Key=1.2.3.4 '])
      expect(option('net:port=50000', held)).toBe('net:port=50000,key=1.2.3.4');
    expect(option('net:port=50000,key=5.6.7.8', 'key=1.2.3.4')).toBe('net:port=50000,key=5.6.7.8');
    expect(remedyOf(() => parseTransport('net:port=50000', undefined, {}))).toContain('LIVEDEBUG_KDNET');
  });

  it.each([
    ['tcp:', 'tcp:10.0.0.7:4444'],
    ['tcp:10.0.0.7', 'tcp:10.0.0.7:4444'],
    ['tcp:10.0.0.7:0', 'tcp:10.0.0.7:4444'],
    ['tcp:10.0.0.7:99999', 'tcp:10.0.0.7:4444'],
    ['com:modem', '"modem" cannot be used here'],
    ['com:modem,port=com1', '"modem" cannot be used here'],
    ['local', 'looks at this host itself'],
    ['-kl', 'looks at this host itself'],
    ['usb:', 'usb:targetname=NAME'],
    ['1394:', '1394:channel=N'],
    ['exdi:CLSID={1}', '"exdi:" cannot be used here'],
    ['net:port=50000', 'key=w.x.y.z'],
    ['com:pipe,port=x,resets=soon', 'resets is a number'],
    ['com:speed=1', '"speed" cannot be used here'],
  ])('%j is refused with a way on', (typed, remedy) => {
    expect(remedyOf(() => parseTransport(typed))).toContain(remedy);
  });
});

describe('a kd that cannot reach the target that way', () => {
  const refusal = (kind: 'program' | 'simulated' | 'built-in', port: string) => {
    try {
      refuseUnreachable({ kind }, parseTransport(port));
    } catch (error) {
      return (error as Error).message;
    }
    return 'accepted';
  };
  it('is named, with the way', () => {
    expect(refusal('built-in', 'usb:targetname=LAB7')).toBe(
      'The built-in kd cannot reach a target over USB: --port usb:targetname=LAB7.',
    );
    expect(refusal('simulated', '1394:channel=3')).toContain('The simulated kd cannot reach a target over 1394');
    for (const port of ['usb:targetname=LAB7', '1394:channel=3', 'net:port=50000,key=1.2.3.4', 'com1'])
      expect(refusal('program', port)).toBe('accepted');
    for (const port of ['com1', 'tcp:10.0.0.7:4444', 'pipe:com_1', 'net:port=50000,key=1.2.3.4'])
      expect(refusal('built-in', port)).toBe('accepted');
  });

  it('never has a key in its text', () => {
    for (const port of ['foo:key=1.2.3.4', 'net:key=1.2.3.4', 'com:key=1.2.3.4', 'net:port=1,key="1.2.3.4'])
      expect(() => parseTransport(port)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('1.2.3.4') }),
      );
  });
});

describe('--port pipe:…', () => {
  it.each([
    ['pipe:\\\\.\\pipe\\com_1', '\\\\.\\pipe\\com_1'],
    ['PIPE:\\\\VMHOST\\PIPE\\com_1', '\\\\VMHOST\\PIPE\\com_1'],
    ['pipe://./pipe/com_1', '\\\\.\\pipe\\com_1'],
    ['pipe://vmhost/pipe/com_1', '\\\\vmhost\\pipe\\com_1'],
    ['pipe:com_1', '\\\\.\\pipe\\com_1'],
    ['pipe:/tmp/vm.sock', '/tmp/vm.sock'],
  ])('%s is %s for kd', (typed, path) => expect(option(typed)).toBe(`com:pipe,port=${path},resets=0,reconnect`));

  it.each([
    ['pipe:', '\\\\.\\pipe\\com_1'],
    ['pipe:\\\\.\\pipe\\a,b', '\\\\.\\pipe\\com_1'],
    ['pipe:\\\\vmhost\\com_1', 'name of another computer'],
    ['pipe:\\\\.\\pipe\\', '\\\\.\\pipe\\com_1'],
    ['pipe:\\.\\pipe\\com_1', 'single quotes'],
    ['pipe:\\.pipecom_1', 'single quotes'],
  ])('%s is refused with a way on', (typed, remedy) => {
    expect(remedyOf(() => parseTransport(typed))).toContain(remedy);
  });
});

describe('--pipe and --server', () => {
  it('take the computer with or without its slashes', () => {
    for (const host of ['LAPTOP7', '\\\\LAPTOP7', '//LAPTOP7', ' LAPTOP7 '])
      expect(serverName('p', host).host).toBe('LAPTOP7');
    for (const host of ['', 'a b', 'a\\b', 'fe80::1'])
      expect(remedyOf(() => serverName('p', host))).toContain('LAPTOP7');
  });

  it('say how a whole path is given', () => {
    expect(remedyOf(() => serverName('\\\\BOX\\pipe\\dbg'))).toBe('kd wants the name alone: --server BOX --pipe dbg');
    expect(remedyOf(() => serverName('//./pipe/dbg'))).toBe('kd wants the name alone: --pipe dbg');
    expect(remedyOf(() => serverName('my pipe'))).toContain('without blanks');
  });
});
