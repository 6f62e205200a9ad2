import { describe, expect, it } from 'vitest';
import { parseKdOptions, UsageError } from '../../src/kd-text/kd-options.js';

describe('parseKdOptions', () => {
  it('reads the command line of a debugging server', () => {
    const options = parseKdOptions(
      ['-server', 'npipe:pipe=a,password=pw,hidden', '-k', 'com:port=com2,baud=57600', '-bonc', '-c', 'bl;g', '-v'],
      {},
    );
    expect(options.server).toEqual({ pipe: 'a', password: 'pw', hidden: true });
    expect(options.transport).toEqual({ kind: 'serial', port: '\\\\.\\com2', baud: 57600 });
    expect(options).toMatchObject({ breakOnConnect: true, commands: ['bl;g'] });
  });

  it('has the defaults of kd and its environment', () => {
    expect(parseKdOptions(['-k'], {}).transport).toEqual({ kind: 'serial', port: '\\\\.\\com1', baud: 19200 });
    const env = { _NT_DEBUG_PORT: 'com3', _NT_DEBUG_BAUD_RATE: '9600', _NT_SYMBOL_PATH: 'srv*x', KDQUIET: '1' };
    const options = parseKdOptions([], env);
    expect(options.transport).toEqual({ kind: 'serial', port: '\\\\.\\com3', baud: 9600 });
    expect(options).toMatchObject({ symbolPath: 'srv*x', quiet: true });
  });

  it('takes pipes and networks', () => {
    const pipe = parseKdOptions(['-k', 'com:pipe,port=\\\\.\\pipe\\vm,resets=0,reconnect'], {}).transport;
    expect(pipe).toEqual({ kind: 'pipe', port: '\\\\.\\pipe\\vm', reconnect: true });
    const ip = parseKdOptions(['-k', 'com:ipport=5501,port=127.0.0.1'], {}).transport;
    expect(ip).toEqual({ kind: 'pipe', port: '127.0.0.1', reconnect: true });
    expect(parseKdOptions(['-k', 'net:port=50000,key=1.2.3.4'], {}).transport).toEqual({ kind: 'net', port: '50000' });
  });

  it('wants -server and -remote first, and knows its switches', () => {
    const late = ['-k', 'com:port=com1,baud=19200', '-server', 'npipe:pipe=a'];
    expect(() => parseKdOptions(late, {})).toThrow(new UsageError('-server: must be the first argument'));
    expect(() => parseKdOptions(['-WX'], {})).toThrow(UsageError);
    for (const option of ['-b', '-bonc']) expect(parseKdOptions([option], {}).breakOnConnect).toBe(true);
    expect(parseKdOptions(['-v'], {}).breakOnConnect).toBe(false);
  });
});
