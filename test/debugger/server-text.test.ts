import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { remoteOption } from '../../src/debugger/server-name.js';
import { joinedServer } from '../../src/debugger/server-text.js';
import { Fault } from '../../src/fault.js';

const refusal = (server: string): Fault => {
  try {
    joinedServer({ server });
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error(`${server} was accepted`);
};

describe('--server of attach and rescue', () => {
  it.each([
    ['LAB7', 'npipe:server=LAB7,pipe=livedebug'],
    ['npipe:Pipe=dbg,Server=LAB7', 'npipe:server=LAB7,pipe=dbg'],
    ['npipe:server=LAB7,pipe=dbg', 'npipe:server=LAB7,pipe=dbg'],
    ['NPIPE:PIPE=dbg , SERVER=\\\\LAB7', 'npipe:server=LAB7,pipe=dbg'],
    ['-remote npipe:Pipe=dbg,Server=LAB7', 'npipe:server=LAB7,pipe=dbg'],
    ['0: <debugger> -remote npipe:Pipe=dbg,Server=LAB7', 'npipe:server=LAB7,pipe=dbg'],
    ['0 - Debugger Server - npipe:Pipe=dbg', 'npipe:server=.,pipe=dbg'],
    ['kd.exe -remote "npipe:Pipe=dbg,Server=LAB7" -clines 0', 'npipe:server=LAB7,pipe=dbg'],
    ['npipe:pipe=dbg,server=LAB7,password=abc12', 'npipe:server=LAB7,pipe=dbg,password=abc12'],
    ['npipe:hidden,pipe=dbg,server=10.0.0.7', 'npipe:server=10.0.0.7,pipe=dbg'],
    ['npipe:server=LAB7', 'npipe:server=LAB7,pipe=livedebug'],
    ['\\\\LAB7\\pipe\\dbg', 'npipe:server=LAB7,pipe=dbg'],
    ['//LAB7/pipe/dbg', 'npipe:server=LAB7,pipe=dbg'],
  ])('%s', (server, wanted) => expect(remoteOption(joinedServer({ server }))).toBe(wanted));

  it('has a password of its own before that of the text', () => {
    const server = 'npipe:pipe=dbg,server=LAB7,password=abc12';
    expect(joinedServer({ server, password: 'mine' }).password).toBe('mine');
  });

  it.each(['tcp:Port=5005,Server=LAB7', '-remote tcp:server=LAB7,port=5005', 'ssl:proto=tls1,port=1', 'spipe:pipe=x'])(
    '%s can be joined only by Microsoft’s kd',
    (server) => {
      const { message, remedy, exitCode } = refusal(server);
      expect(message).toContain("can be joined only by Microsoft's kd");
      expect(remedy).toContain('.server npipe:pipe=');
      expect(exitCode).toBe(2);
    },
  );

  it('shows no password', () => {
    expect(refusal('tcp:port=5005,server=LAB7,password=abc12').message).not.toContain('abc12');
  });

  it.each(['npipe:pipe=a b,server=LAB7 x', 'npipe:pipe=,server=LAB7', 'npipe:pipe=x,server='])(
    '%s is refused',
    (server) => expect(refusal(server).exitCode).toBe(2),
  );

  it('is read back from every spelling', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_.-]{1,12}$/).filter((text) => text !== '.');
    const blank = fc.constantFrom('', ' ');
    const before = fc.constantFrom('', '-remote ', '0: <debugger> -remote ', 'kd -remote ');
    fc.assert(
      fc.property(name, name, blank, before, fc.boolean(), (pipe, host, gap, lead, first) => {
        const fields = [`Pipe${gap}=${gap}${pipe}`, `Server=${host}`];
        const text = `${lead}npipe:${(first ? fields : fields.reverse()).join(`,${gap}`)}`;
        expect(joinedServer({ server: text })).toMatchObject({ pipe, host });
      }),
    );
  });
});
