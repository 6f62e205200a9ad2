import { describe, expect, it } from 'vitest';
import { classicScript } from '../../../src/cli/session/classic-script.js';
import { serverName } from '../../../src/debugger/server-name.js';
import { parseTransport } from '../../../src/debugger/transport.js';
import { BASE } from '../../session/base-plan.js';

const script = (port: string): string =>
  classicScript({
    transport: parseTransport(port),
    server: serverName('livedebug', '.'),
    symbolPath: 'srv*',
    plan: BASE,
  });

describe('the batch file of the classic recipe', () => {
  it('has no key of KDNET in it, and takes it from the environment', () => {
    const text = script('net:port=50000,key=1.2.3.4');
    expect(text).not.toContain('1.2.3.4');
    expect(text).toMatch(/^kd -server npipe:pipe=livedebug\S* -k net:port=50000,%LIVEDEBUG_KDNET%\r$/m);
    // Alone, as the file of a kit has it.
    expect(text).toContain('"key=" set "LIVEDEBUG_KDNET=key=%LIVEDEBUG_KDNET%"\r\n');
    expect(text).toMatch(/^if not defined LIVEDEBUG_KDNET echo .*& exit \/b 2\r$/m);
  });

  it('asks for no key where there is a cable', () => {
    expect(script('com1')).toMatch(/ -k com:port=com1,baud=19200\r$/m);
    expect(script('com1')).not.toContain('KDNET');
  });
});
