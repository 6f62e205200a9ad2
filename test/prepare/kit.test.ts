import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseKey } from '../../src/kd/net/key.js';
import { addDebugEntry } from '../../src/prepare/boot-ini-edit.js';
import { echoText, quotedText } from '../../src/prepare/cmd-text.js';
import { makeKey } from '../../src/prepare/kdnet.js';
import { prepareKit, type TargetSettings, undoKit } from '../../src/prepare/kit.js';
import { encodeTag, hexTag } from '../../src/prepare/tag.js';

const settings = (more: Partial<TargetSettings> = {}): TargetSettings => ({
  tag: encodeTag('Ddk'),
  os: 'vista+',
  port: 1,
  baud: 19200,
  description: 'Windows with debugger COM1 19200',
  ...more,
});
const before = readFileSync(path.resolve(import.meta.dirname, '../../fixtures/boot/server2003.ini'), 'latin1');
const edited = { before, after: addDebugEntry(before, { port: 1, baud: 19200 }).text };
const net = { host: '10.0.0.5', port: 50_000, key: '1a.2b.3c.4d' };
const kinds: Readonly<Record<string, TargetSettings>> = {
  bcd: settings(),
  bootcfg: settings({ os: '2003', port: 2, baud: 115200 }),
  bootini: settings({ os: '2003', bootIni: edited }),
  hittag: settings({ byHitTag: true }),
  net: settings({ net, description: 'Windows with debugger net 50000' }),
};

/** What cmd makes of a line before it acts: percent signs are expanded, carets and quotes read. */
function cmdReads(line: string): { text: string; operators: string } {
  let text = '';
  let operators = '';
  let quoted = false;
  const expanded = line
    .replace(/%%/g, '\u0001')
    .replace(/%[^%\u0001]*%/g, '')
    .replaceAll('\u0001', '%');
  for (let i = 0; i < expanded.length; i++) {
    const char = expanded[i] as string;
    if (char === '"') quoted = !quoted;
    if (char === '^' && !quoted) text += expanded[++i] ?? '';
    else if (!quoted && '&|<>()'.includes(char)) operators += char;
    else text += char;
  }
  return { text, operators };
}

describe('text in batch files', () => {
  it('says what it says, and does nothing else', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ -~]{0,20}$/), (text) => {
        expect(cmdReads(echoText(text))).toEqual({ text, operators: '' });
        const bare = text.replaceAll('"', '');
        expect(cmdReads(`"${quotedText(bare)}"`)).toEqual({ text: `"${bare}"`, operators: '' });
      }),
    );
  });

  it('would notice text that is not escaped', () => {
    expect(cmdReads('a & b %PATH% ^c')).toEqual({ text: 'a  b  c', operators: '&' });
  });
});

describe('a kit for PoolHitTag', () => {
  it('has nothing to do with the registry’s PoolTag', () => {
    const kit = prepareKit(settings({ byHitTag: true }));
    expect(kit.map(({ name }) => name)).not.toContain('pooltag.reg');
    for (const { name, content } of kit)
      if (name !== 'undo.cmd') expect(content, name).not.toMatch(/\/v PoolTag|PoolTag is NOT/);
    const readme = kit.find(({ name }) => name === 'README.txt')?.content;
    expect(readme).toContain('--baud 19200 --strategy pool-hit-tag');
    expect(readme).not.toContain('Special pool costs');
  });

  it('puts back what an earlier kit in the same folder has set, and says that it is there', () => {
    const content = (name: string) =>
      prepareKit(settings({ byHitTag: true })).find((file) => file.name === name)?.content;
    expect(content('prepare.cmd')).toContain('NOTE: PoolTag stays as an earlier kit in this folder has set it');
    expect(content('undo.cmd')).toContain('if not exist "%STATE%\\pooltag-before.txt" goto :notagmemory');
    expect(content('undo.cmd')).not.toContain('set "OPEN=1"');
  });
});

describe('a kit for a Windows with BitLocker and Secure Boot', () => {
  const content = (of: TargetSettings, name: string): string =>
    prepareKit(of).find((file) => file.name === name)?.content ?? '';

  it('looks for both before anything is changed', () => {
    const lines = content(settings(), 'prepare.cmd').split('\r\n');
    const stop = lines.indexOf('if defined STOP echo Nothing was changed.& exit /b 3');
    expect(stop).toBeGreaterThan(0);
    expect(lines.findIndex((line) => /mkdir|>"%STATE%|bcdedit\.exe/.test(line))).toBeGreaterThan(stop);
    for (const what of ['manage-bde.exe" -status %SystemDrive% -protectionaserrorlevel', 'UEFISecureBootEnabled'])
      expect(lines.some((line) => line.includes(what))).toBe(true);
  });

  it('has no such line where there is neither', () => {
    for (const of of [kinds.bootcfg, kinds.bootini] as TargetSettings[])
      for (const { name, content } of prepareKit(of))
        expect(content, name).not.toMatch(/bitlocker|manage-bde|secure ?boot/i);
  });
});

describe.each(Object.entries(kinds))('the %s kit', (kind, of) => {
  const kit = prepareKit(of);
  const scripts = kit.filter((file) => file.name.endsWith('.cmd'));

  it('is as it was accepted', async () => {
    for (const { name, content } of kit)
      if (!name.startsWith('boot.ini'))
        await expect(content.replaceAll('\r\n', '\n')).toMatchFileSnapshot(`golden/${kind}/${name}`);
  });

  it('has CRLF everywhere, and nothing but ASCII', () => {
    expect(scripts.map((file) => file.name).sort()).toEqual(['check.cmd', 'prepare.cmd', 'undo.cmd']);
    for (const { name, content } of kit.filter((file) => !file.name.startsWith('boot.ini'))) {
      expect(content.replaceAll('\r\n', ''), name).toMatch(/^[ -~]*$/);
      expect(content.endsWith('\r\n')).toBe(true);
    }
  });

  it.each(scripts.map((file) => [file.name, file.content] as const))(
    '%s jumps to labels that exist, once',
    (_, content) => {
      const labels = [...content.matchAll(/^:(\w+)\r$/gm)].map((match) => match[1]);
      expect(new Set(labels).size).toBe(labels.length);
      const jumps = [...content.matchAll(/(?:goto|call) :(\w+)/g)].map((match) => match[1]);
      expect(jumps.filter((label) => !labels.includes(label))).toEqual([]);
    },
  );

  it.each(scripts.map((file) => [file.name, file.content] as const))(
    '%s asks for an administrator before anything else',
    (_, content) => {
      const lines = content.split('\r\n');
      const guard = lines.indexOf('  exit /b 2');
      const changes = lines.findIndex((line) =>
        /reg\.exe" (add|delete)|bcdedit\.exe" \/(copy|debug|dbg|delete)|bootcfg\.exe" \/(copy|debug|delete)|copy \/b|mkdir/.test(
          line,
        ),
      );
      expect(guard).toBeGreaterThan(0);
      if (changes >= 0) expect(changes).toBeGreaterThan(guard);
    },
  );

  it('looks at the result of every change', () => {
    for (const { name, content } of scripts) {
      const lines = content.split('\r\n');
      const unchecked = lines.filter(
        (line, i) =>
          /"%SYS%\\(?:reg|bcdedit|bootcfg)\.exe" (?:add|delete|export|\/copy|\/delete|\/debug|\/dbgsettings (?:serial|net)|\/export|\/set)/.test(
            line,
          ) &&
          !/\|\| (?:goto|set "BAD)/.test(line) &&
          !/^if errorlevel 1 goto/.test(lines[i + 1] ?? ''),
      );
      // What is left: taking back our own copy after a failure, a backup for people, and elements that may be absent.
      const known = /^if defined MADE .* \/delete |memory-management-before\.reg|\/deletevalue /;
      expect(
        unchecked.filter((line) => !known.test(line)),
        name,
      ).toEqual([]);
    }
  });

  it.skipIf(of.byHitTag)('remembers before it changes, and only once', () => {
    const prepare = scripts.find((file) => file.name === 'prepare.cmd')?.content ?? '';
    const remembered = prepare.indexOf('if exist "%STATE%\\pooltag-before.txt" goto :tagremembered');
    expect(remembered).toBeGreaterThan(0);
    expect(prepare.indexOf('reg.exe" add')).toBeGreaterThan(remembered);
    expect(prepare.indexOf('reg.exe" add')).toBeGreaterThan(
      prepare.search(/\/dbgsettings (?:serial|net)|bootcfg\.exe" \/debug on|copy \/b/),
    );
  });
});

describe('a kit for a target on a network', () => {
  const kit = prepareKit(kinds.net as TargetSettings);
  const content = (name: string): string => kit.find((file) => file.name === name)?.content ?? '';

  it('has the key in one file, which is secret, and nowhere else', () => {
    expect(kit.filter((file) => file.content.includes(net.key))).toEqual([
      { name: 'kdnet-key.txt', content: '1a.2b.3c.4d\r\n', secret: true },
    ]);
    expect(undoKit(kinds.net as TargetSettings).some(({ secret }) => secret)).toBe(false);
  });

  it('reads the key before anything is changed, and shows it nowhere', () => {
    const lines = content('prepare.cmd').split('\r\n');
    expect(lines).toContain(
      '"%SYS%\\bcdedit.exe" /dbgsettings net hostip:10.0.0.5 port:50000 key:%KDKEY% >nul || goto :rollback',
    );
    const read = lines.indexOf('if not defined KDKEY goto :nokey');
    expect(read).toBeGreaterThan(0);
    expect(lines.findIndex((line) => /mkdir|bcdedit\.exe/.test(line))).toBeGreaterThan(read);
    expect(content('check.cmd')).toContain('findstr.exe" /v /i /l /b /c:"key "');
    // What a listing of a second run has is gone before the key is set again.
    expect(lines.lastIndexOf('if exist "%STATE%\\bcd-now.txt" del "%STATE%\\bcd-now.txt"')).toBeLessThan(
      lines.findIndex((line) => line.includes('/dbgsettings net hostip:10')),
    );
  });

  it('is undone by taking the key off the target', () => {
    for (const kit of [undoKit(kinds.net as TargetSettings), undoKit(settings({ net: { ...net, key: '' } }))]) {
      const undo = kit.find((file) => file.name === 'undo.cmd')?.content ?? '';
      for (const line of [
        'del "%HERE%kdnet-key.txt"',
        '/deletevalue {dbgsettings} %~1',
        'hostip hostipv6 port key dhcp',
      ])
        expect(undo).toContain(line);
    }
  });

  it('writes an IPv6 address as bcdedit takes it', () => {
    const [prepare] = prepareKit(settings({ net: { ...net, host: 'fd00::5' } }));
    expect(prepare?.content).toContain('/dbgsettings net hostipv6:fd00::5 port:50000');
  });

  it('says what lets the target in, which cards can, and where the key is', () => {
    const page = content('README.txt').replace(/\s+/g, ' ');
    for (const words of [
      'netsh advfirewall firewall add rule name="KDNET 50000" dir=in action=allow protocol=UDP localport=50000',
      'sudo ufw allow 50000/udp',
      'kdnet.exe',
      'busparams',
      'export LIVEDEBUG_KDNET="$(cat kdnet-key.txt)"',
      'livedebug start --tag Ddk --port net:port=50000',
      'livedebug doctor --port net:port=50000',
    ])
      expect(page).toContain(words);
    expect(page).not.toMatch(/COM1|baud/);
  });

  it('makes keys of 256 bits, as bcdedit does', () => {
    expect(makeKey(() => Buffer.alloc(32))).toBe('0.0.0.0');
    expect(makeKey(() => Buffer.alloc(32, 0xff))).toBe(Array(4).fill('3w5e11264sgsf').join('.'));
    expect(parseKey(makeKey())).toBeDefined();
    const cipher = parseKey(makeKey(() => Buffer.from(Array.from({ length: 32 }, (_, i) => i))))?.cipher;
    expect([...(cipher ?? [])]).toEqual(Array.from({ length: 32 }, (_, i) => i));
  });
});

describe('a tag that cmd would act on', () => {
  it.each(['%^&"', '!a|b', '<x>)', '%~0'])('%j stays text', (text) => {
    const tag = encodeTag(text);
    const kit = prepareKit(settings({ tag }));
    const [prepare, undo] = ['prepare.cmd', 'undo.cmd'].map(
      (name) => kit.find((file) => file.name === name)?.content ?? '',
    );
    expect(prepare).toContain(`set "TAG=${hexTag(tag.value)}"`);
    for (const content of [prepare, undo]) expect(content).not.toContain(text);
    const line = kit
      .find((file) => file.name === 'check.cmd')
      ?.content.split('\r\n')
      .find((l) => l.startsWith('echo Wanted'));
    expect(cmdReads(line ?? '')).toEqual({ text: `echo Wanted: tag '${tag.tag}', COM1, 19200 baud.`, operators: '' });
  });
});

describe('details', () => {
  const content = (of: TargetSettings, name: string): string =>
    prepareKit(of).find((file) => file.name === name)?.content ?? '';

  it('names port and rate for both boot configurations', () => {
    expect(content(settings({ port: 2, baud: 57600 }), 'prepare.cmd')).toContain(
      '/dbgsettings serial debugport:2 baudrate:57600',
    );
    expect(content(kinds.bootcfg as TargetSettings, 'prepare.cmd')).toContain('/debug on /port COM2 /baud 115200');
  });

  it('escapes a percent sign of the description once', () => {
    expect(content(settings({ description: '100% debug & more' }), 'prepare.cmd')).toContain(
      'set "DESC=100%% debug & more [livedebug]"',
    );
  });

  it('carries both boot.ini files byte for byte, and undo swaps them', () => {
    const kit = undoKit(settings({ os: '2003', bootIni: edited }));
    expect(kit.find((file) => file.name === 'boot.ini.original')?.content).toBe(edited.before);
    expect(kit.find((file) => file.name === 'boot.ini.new')?.content).toBe(edited.after);
    expect(kit.find((file) => file.name === 'undo.cmd')?.content).toContain('copy /b /y "%HERE%boot.ini.original"');
  });

  it('warns on the page that travels with it', () => {
    const page = content(settings(), 'README.txt').replace(/\s+/g, ' ');
    for (const word of [
      'BitLocker',
      'manage-bde -protectors -disable C: -RebootCount 0',
      'manage-bde -protectors -enable C:',
      'Secure Boot',
      'bug check',
      'normal pool in silence',
      'differs by Windows version',
      '19200',
    ])
      expect(page).toContain(word);
    expect(content(settings({ os: '2003' }), 'README.txt')).toContain('/3GB');
  });
});
