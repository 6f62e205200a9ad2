import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addDebugEntry } from '../../src/prepare/boot-ini-edit.js';
import { prepareKit, type TargetSettings, undoKit } from '../../src/prepare/kit.js';
import { encodeTag } from '../../src/prepare/tag.js';
import { KitBench } from './kit-bench.js';

const vista: TargetSettings = {
  tag: encodeTag('Ddk'),
  os: 'vista+',
  port: 1,
  baud: 19200,
  description: 'Windows & debugger',
};
const fixture = path.join(import.meta.dirname, '../../fixtures/boot/server2003.ini');
const before = readFileSync(fixture, 'latin1');
const after = addDebugEntry(before, { port: 2, baud: 115200 }).text;
const bootIni: TargetSettings = { ...vista, os: '2003', port: 2, baud: 115200, bootIni: { before, after } };
const TAG = '"PoolTag"=dword:206b6444';

// A stand-in starts Node, and a script starts a dozen of them.
describe.skipIf(process.platform !== 'win32')('a kit on Windows', { timeout: 240_000 }, () => {
  let bench: KitBench;
  const file = (...names: string[]) => path.join(bench.root, ...names);
  const json = (name: string) => JSON.parse(readFileSync(file(name), 'utf8'));
  const run = (script: string, code: number, ...args: string[]): string => {
    const result = bench.run(script, ...args);
    expect(result.code, result.text).toBe(code);
    return result.text;
  };

  beforeEach(() => {
    bench = new KitBench();
    bench.setUpKey();
  });
  afterEach(() => bench.clear());

  describe('with a BCD store', () => {
    const loader = { title: 'Windows Boot Loader', identifier: '{current}', osdevice: 'partition=C:' };
    const other = '{99999999-0000-11ee-9a51-001122334455}';
    const store = (german: boolean, debugger_: Record<string, string>) => {
      bench.env.BCD_STORE = file('bcd.json');
      const objects = [
        { title: 'Windows Boot Manager', identifier: '{bootmgr}', default: '{current}' },
        { ...loader, description: 'Windows Server 2008 R2', debug: 'No' },
        { ...loader, identifier: other, description: 'Another Windows', resumeobject: other },
        { title: 'Debugger Settings', identifier: '{dbgsettings}', ...debugger_ },
      ];
      writeFileSync(file('bcd.json'), JSON.stringify({ german, next: 1, calls: [], objects }));
    };

    it('prepares, twice, checks, and undoes, twice, in German and with somebody’s network debugger', () => {
      store(true, { debugtype: 'Net', hostip: '192.168.1.7', port: '50005', key: '1.2.3.4', dhcp: 'Yes' });
      const [key, objects] = [bench.exported(), json('bcd.json').objects];
      bench.write(prepareKit(vista));
      expect(run('check.cmd', 1)).toContain('PoolTag is NOT 0x206b6444');
      run('prepare.cmd', 0);
      expect(bench.exported()).toContain(TAG);
      const prepared = json('bcd.json').objects;
      expect(prepared).toHaveLength(objects.length + 1);
      expect(prepared).toContainEqual(
        expect.objectContaining({ description: 'Windows & debugger [livedebug]', debug: 'Yes' }),
      );
      expect(prepared).toContainEqual(
        expect.objectContaining({ debugtype: 'Serial', debugport: '1', baudrate: '19200', dhcp: 'Yes' }),
      );
      expect(run('prepare.cmd', 0)).toContain('is there already');
      expect(json('bcd.json').objects).toEqual(prepared);
      expect(bench.memory()).toEqual(
        expect.arrayContaining(['pooltag-before.txt', 'memory-management-before.reg', 'bcd-backup']),
      );
      run('undo.cmd', 0);
      expect([bench.exported(), json('bcd.json').objects]).toEqual([key, objects]);
      expect(run('undo.cmd', 0)).toContain('nothing of this kit is there');
      expect([bench.exported(), json('bcd.json').objects]).toEqual([key, objects]);
    });

    it.each([
      ['a serial cable', { debugtype: 'Serial', debugport: '2', baudrate: '115200' }],
      ['somebody’s network', { debugtype: 'Net', hostip: '192.168.1.7', port: '50005', key: '5.6.7.8', dhcp: 'Nein' }],
    ])('prepares for a network, twice, and takes the key off again, where there was %s', (_what, debugger_) => {
      store(true, debugger_);
      const objects = json('bcd.json').objects;
      bench.write(prepareKit({ ...vista, net: { host: '10.0.0.5', port: 50_000, key: '1a.2b.3c.4d' } }));
      const said = [run('prepare.cmd', 0), run('prepare.cmd', 0), bench.run('check.cmd').text].join('\n');
      expect(said).toContain('This computer will ask 10.0.0.5, UDP port 50000');
      expect(said).not.toContain('1a.2b.3c.4d');
      expect(json('bcd.json').objects).toContainEqual(
        expect.objectContaining({
          debugtype: 'NET',
          hostip: '10.0.0.5',
          port: '50000',
          key: '1a.2b.3c.4d',
          dhcp: 'Ja',
        }),
      );
      run('undo.cmd', 0);
      expect(json('bcd.json').objects).toEqual(objects);
      expect(bench.filesWith('1a.2b.3c.4d')).toEqual([]);
      expect(run('prepare.cmd', 1)).toContain('kdnet-key.txt is not beside this script');
      run('undo.cmd', 0);
    });

    it('stops before it changes anything where BitLocker or Secure Boot is on', () => {
      store(false, { debugtype: 'Local' });
      const untouched = () => [bench.exported(), json('bcd.json').objects, json('bcd.json').calls, bench.memory()];
      const before = untouched();
      bench.write(prepareKit(vista));
      bench.bitLocker('on');
      const bitLocker = run('prepare.cmd', 3);
      expect(bitLocker).toMatch(/manage-bde -protectors -disable \w: -RebootCount 0/);
      expect(bitLocker).toContain('prepare.cmd /keep-bitlocker');
      expect(bitLocker).not.toContain('Secure Boot');
      bench.secureBoot(true);
      // Said at once with the other, and nobody's word makes Windows take it.
      expect(run('prepare.cmd', 3)).toMatch(/-protectors -disable.*Secure Boot is on.*suspend BitLocker before/s);
      expect(run('prepare.cmd', 3, '/keep-bitlocker')).toMatch(/recovery key at hand.*Secure Boot is on/s);
      bench.bitLocker('off');
      const secureBoot = run('prepare.cmd', 3);
      expect(secureBoot).toContain('Switch it off in the firmware');
      expect(secureBoot).not.toContain('BitLocker');
      expect(untouched()).toEqual(before);
      bench.secureBoot(false);
      bench.bitLocker('on');
      expect(run('prepare.cmd', 0, '/keep-bitlocker')).toContain('recovery key at hand');
      expect(bench.exported()).toContain(TAG);
      expect(run('undo.cmd', 0)).toMatch(/before the restart: {2}manage-bde -protectors -disable \w:/);
    });

    it('finds its memory from every folder, and tells that BitLocker is suspended', () => {
      store(false, { debugtype: 'Local' });
      const [key, objects] = [bench.exported(), json('bcd.json').objects];
      bench.write(prepareKit(vista));
      bench.bitLocker('suspended');
      const fromSystem = (script: string): string => {
        const { code, text } = bench.runFromSystem(script);
        expect(code, text).toBe(0);
        return text;
      };
      fromSystem('prepare.cmd');
      expect(bench.memory()).toContain('pooltag-before.txt');
      run('prepare.cmd', 0);
      expect(fromSystem('undo.cmd')).toMatch(/After the restart: {2}manage-bde -protectors -enable \w:/);
      expect([bench.exported(), json('bcd.json').objects]).toEqual([key, objects]);
    });

    it('by PoolHitTag takes away what an earlier kit in the same folder has set', () => {
      store(false, { debugtype: 'Local' });
      bench.reg('add', bench.key, '/v', 'PoolTag', '/t', 'REG_DWORD', '/d', '0x1000', '/f');
      const [key, objects] = [bench.exported(), json('bcd.json').objects];
      bench.write(prepareKit(vista));
      run('prepare.cmd', 0);
      bench.write(prepareKit({ ...vista, tag: encodeTag('NtFC'), byHitTag: true }));
      expect(run('prepare.cmd', 0)).toContain('PoolTag stays as an earlier kit');
      expect(bench.exported()).toContain(TAG);
      run('undo.cmd', 0);
      expect([bench.exported(), json('bcd.json').objects]).toEqual([key, objects]);
    });

    it('takes its entry back, and leaves PoolTag alone, when a step is refused', () => {
      store(false, { debugtype: 'Local' });
      const [key, objects] = [bench.exported(), json('bcd.json').objects];
      bench.write(prepareKit(vista));
      bench.env.BCD_FAIL = '/debug';
      expect(run('prepare.cmd', 1)).toContain('Secure Boot');
      expect([bench.exported(), json('bcd.json').objects]).toEqual([key, objects]);
    });
  });

  describe('with boot.ini', () => {
    const ini = () => readFileSync(file('drive', 'boot.ini'), 'latin1');
    beforeEach(() => {
      writeFileSync(file('drive', 'boot.ini'), before, 'latin1');
      bench.attrib(file('drive', 'boot.ini'), '+r', '+h', '+s');
      bench.write(prepareKit(bootIni));
    });

    it.each([
      ['REG_DWORD', '0x1000', 2],
      ['REG_SZ', 'Old & odd (1)', 1],
    ])('replaces it and brings it back, and a PoolTag of %s %s, %d times', (type, data, times) => {
      bench.reg('add', bench.key, '/v', 'PoolTag', '/t', type, '/d', data, '/f');
      const key = bench.exported();
      expect(key).toContain('"PoolTag"=');
      for (let round = 0; round < times; round++) {
        run('prepare.cmd', 0);
        expect(ini()).toBe(after);
        expect(bench.exported()).toContain(TAG);
      }
      expect(bench.attributes(file('drive', 'boot.ini'))).toBe('HRS');
      for (let round = 0; round < times; round++) {
        run('undo.cmd', 0);
        expect([ini(), bench.exported()]).toEqual([before, key]);
      }
      expect(bench.attributes(file('drive', 'boot.ini'))).toBe('HRS');
    });

    it('leaves one alone that is not the file the kit was made from', () => {
      const key = bench.exported();
      bench.attrib(file('drive', 'boot.ini'), '-r', '-h', '-s');
      writeFileSync(file('drive', 'boot.ini'), `${before};`, 'latin1');
      for (const script of ['prepare.cmd', 'undo.cmd']) expect(run(script, 1)).toContain('It was left alone');
      expect([ini(), bench.exported()]).toEqual([`${before};`, key]);
    });

    it('removes a PoolTag that it does not remember only on demand, and never another', () => {
      const key = bench.exported();
      bench.write(undoKit(bootIni));
      bench.reg('add', bench.key, '/v', 'PoolTag', '/t', 'REG_DWORD', '/d', '0x206b6444', '/f');
      expect(run('undo.cmd', 1)).toContain('undo.cmd /delete');
      expect(bench.exported()).toContain(TAG);
      run('undo.cmd', 0, '/delete');
      expect(bench.exported()).toBe(key);
      bench.reg('add', bench.key, '/v', 'PoolTag', '/t', 'REG_DWORD', '/d', '0x2000', '/f');
      expect(run('undo.cmd', 0, '/delete')).toContain('nothing of this kit is there');
      expect(bench.exported()).toContain('"PoolTag"=dword:00002000');
    });

    it('changes nothing without an administrator', () => {
      const key = bench.exported();
      bench.admin = false;
      for (const script of ['prepare.cmd', 'undo.cmd']) expect(run(script, 2)).toContain('administrator');
      expect([ini(), bench.exported(), bench.memory()]).toEqual([before, key, []]);
    });
  });

  it('with bootcfg prepares, twice, and undoes', () => {
    bench.env.BOOTCFG_STORE = file('bootcfg.json');
    const partition = (number: number) => `multi(0)disk(0)rdisk(0)partition(${number})\\WINDOWS`;
    const entries = [
      { name: 'Another Windows', path: partition(2), options: '/fastdetect' },
      { name: 'Windows Server 2003, Standard', path: partition(1), options: '/fastdetect /noexecute=optout' },
    ];
    writeFileSync(file('bootcfg.json'), JSON.stringify({ timeout: 30, default: partition(1), entries }));
    const key = bench.exported();
    bench.write(prepareKit({ ...vista, os: '2003', port: 2, baud: 115200 }));
    const ours = {
      name: 'Windows & debugger [livedebug]',
      path: partition(1),
      options: '/fastdetect /noexecute=optout /debug /debugport=COM2 /baudrate=115200',
    };
    for (let round = 0; round < 2; round++) {
      run('prepare.cmd', 0);
      expect(json('bootcfg.json').entries).toEqual([...entries, ours]);
    }
    run('undo.cmd', 0);
    expect([json('bootcfg.json').entries, bench.exported()]).toEqual([entries, key]);
  });
});
