import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultLadder } from '../../src/debugger/break-in.js';
import { clientLaunch, serverLaunch, startedAgain, symbolServerPath } from '../../src/debugger/command-line.js';
import { findKd, type KdProgram, type SearchPlace } from '../../src/debugger/find-kd.js';
import { redact, redactedJson } from '../../src/debugger/redact.js';
import { serverName } from '../../src/debugger/server-name.js';
import { describeTransport, kernelOption, linkMs, parseTransport } from '../../src/debugger/transport.js';

const kd: KdProgram = { command: 'kd', args: [], env: {}, kind: 'program', foundBy: 'PATH' };

describe('the transport', () => {
  it('becomes kd’s -k option', () => {
    expect(kernelOption(parseTransport('com1'))).toBe('com:port=com1,baud=19200');
    expect(kernelOption(parseTransport('\\\\.\\COM10', 115200))).toBe('com:port=\\\\.\\COM10,baud=115200');
    expect(kernelOption(parseTransport('pipe:\\\\.\\pipe\\com_1'))).toBe(
      'com:pipe,port=\\\\.\\pipe\\com_1,resets=0,reconnect',
    );
    expect(kernelOption(parseTransport('net:port=50000,key=1.2.3.4'))).toBe('net:port=50000,key=1.2.3.4');
  });

  it('refuses what kd would not take, and says what to write', () => {
    const fault = (code: string) => expect.objectContaining({ code, exitCode: 2 });
    expect(() => parseTransport('1')).toThrowError(
      expect.objectContaining({ remedy: expect.stringContaining('com1') }),
    );
    expect(() => parseTransport('com 1')).toThrowError(fault('bad-port'));
    expect(() => parseTransport('net:port=1')).toThrowError(fault('bad-port'));
    expect(() => parseTransport('com1', 14400)).toThrowError(fault('bad-baud'));
  });

  it('never shows a key', () => {
    expect(describeTransport(parseTransport('net:port=50000,key=1.2.3.4'))).toBe('network port 50000');
    expect(redact('-k net:port=50000,key=a.b.c.d,target=x password=secret')).toBe(
      '-k net:port=50000,key=***,target=x password=***',
    );
  });

  it('knows what bytes cost on a serial line, and on no other', () => {
    expect(linkMs(parseTransport('com1', 19200), 1920)).toBe(1000);
    expect(linkMs(parseTransport('pipe:x'), 1920)).toBe(0);
  });
});

describe('kd’s command line', () => {
  it('has the key of KDNET for Microsoft’s kd only, which takes it from nowhere else', () => {
    const transport = parseTransport('net:port=50000,key=1.2.3.4,target=lab7');
    const options = { server: serverName('livedebug'), transport, symbolPath: 'srv*', kdLog: 'kd.log' };
    expect(serverLaunch(kd, options).args).toContain('net:port=50000,key=1.2.3.4,target=lab7');
    const own = serverLaunch({ ...kd, kind: 'built-in' }, options);
    expect(own.args).toContain('net:port=50000,target=lab7');
    expect(own.env).toMatchObject({ LIVEDEBUG_KDNET: 'key=1.2.3.4' });
    // What is kept of a start has no key, wherever it stood.
    expect(redactedJson(own)).not.toContain('1.2.3.4');
  });

  it('begins with -server, and carries symbols and log in the environment', () => {
    const launch = serverLaunch(kd, {
      server: serverName('livedebug', '.', 'word1'),
      transport: parseTransport('com1'),
      symbolPath: symbolServerPath('C:\\sym'),
      kdLog: 'C:\\run dir\\kd.log',
    });
    expect(launch.args).toEqual(['-server', 'npipe:pipe=livedebug,password=word1', '-k', 'com:port=com1,baud=19200']);
    expect(launch.env).toEqual({
      _NT_SYMBOL_PATH: 'srv*C:\\sym*https://msdl.microsoft.com/download/symbols',
      _NT_DEBUG_LOG_FILE_OPEN: 'C:\\run dir\\kd.log',
    });
    // A second kd goes on with the log of the first.
    expect(startedAgain(launch)).toEqual({
      ...launch,
      env: { _NT_SYMBOL_PATH: launch.env._NT_SYMBOL_PATH, _NT_DEBUG_LOG_FILE_APPEND: 'C:\\run dir\\kd.log' },
    });
  });

  it('joins without the history, and breaks in when asked', () => {
    const server = serverName('livedebug', '\\\\LAPTOP7');
    expect(clientLaunch(kd, server).args).toEqual(['-remote', 'npipe:server=LAPTOP7,pipe=livedebug', '-clines', '0']);
    expect(clientLaunch(kd, server, true).args.at(-1)).toBe('-bonc');
  });

  it('refuses names and passwords that would change the command line', () => {
    for (const pipe of ['', 'a b', 'a,b', 'a"b', '\\\\.\\pipe\\x']) expect(() => serverName(pipe)).toThrowError();
    for (const word of ['', 'toolongpassword', 'a,b', 'ä']) expect(() => serverName('p', '.', word)).toThrowError();
  });
});

describe('finding kd', () => {
  const place = (
    files: readonly string[],
    env: SearchPlace['env'],
    platform: NodeJS.Platform = 'win32',
  ): SearchPlace => ({
    env,
    platform,
    isFile: (file) => files.includes(file),
  });
  const x86 = 'C:\\Program Files (x86)';
  const env = { 'ProgramFiles(x86)': x86, ProgramFiles: 'C:\\Program Files', PATH: 'C:\\Windows;D:\\tools' };
  const kit = (version: string, width: string) => `${x86}\\Windows Kits\\${version}\\Debuggers\\${width}\\kd.exe`;

  it('takes the newest kit and the 64-bit debugger first', () => {
    const files = [kit('8.1', 'x64'), kit('10', 'x86'), kit('10', 'x64'), 'D:\\tools\\kd.exe'];
    expect(findKd(undefined, place(files, env)).command).toBe(kit('10', 'x64'));
    expect(findKd(undefined, place(files.slice(0, 1), env)).command).toBe(kit('8.1', 'x64'));
    expect(findKd(undefined, place(['D:\\tools\\kd.exe'], env))).toMatchObject({ foundBy: 'PATH' });
    expect(findKd(undefined, place(['C:\\Debuggers\\kd.exe'], env))).toMatchObject({ foundBy: 'C:\\Debuggers' });
  });

  it('takes what it is told, a folder too, and says why', () => {
    const files = ['E:\\my debuggers\\kd.exe'];
    expect(findKd('E:\\my debuggers', place(files, env))).toMatchObject({ command: files[0], foundBy: '--kd' });
    expect(findKd(undefined, place(files, { ...env, LIVEDEBUG_KD: files[0] }))).toMatchObject({
      foundBy: 'LIVEDEBUG_KD',
    });
    expect(() => findKd('E:\\nothing', place(files, env))).toThrowError(expect.objectContaining({ exitCode: 3 }));
    expect(() => findKd(undefined, place([], env))).toThrowError(/No kd was found/);
  });

  it('starts the simulated kd as a command of this program, a scenario file by its full path', () => {
    const program = findKd('sim:my scenario.toml');
    expect(program).toMatchObject({ kind: 'simulated', command: process.execPath });
    expect(program.args.slice(1)).toEqual(['simulate', 'kd']);
    expect(program.env.LIVEDEBUG_SIM_SCENARIO).toBe(path.resolve('my scenario.toml'));
    expect(findKd('sim:demo').env.LIVEDEBUG_SIM_SCENARIO).toBe('demo');
    expect(findKd('sim').env).toEqual({});
  });
});

it('a ladder begins with the console interrupt and asks a person last', () => {
  expect(defaultLadder('win32', false)).toEqual(['interrupt', 'client', 'ctrl-f']);
  expect(defaultLadder('linux', false)[0]).toBe('interrupt');
  expect(defaultLadder('win32', true).at(-1)).toBe('operator');
});
