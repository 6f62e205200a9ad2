import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { errorsPage } from '../../scripts/docs/errors-page.mjs';
import { type FaultText, readFaults } from '../../scripts/docs/faults.mjs';
import { EXIT } from '../../src/fault.js';
import { ROOT } from './pages.js';

describe('the catalogue of errors', () => {
  let faults: FaultText[];
  // The compiler reads all of src/.
  beforeAll(() => {
    faults = readFaults();
  }, 180_000);

  it('finds the faults that factories, conditions and classes make', () => {
    const find = (code: string): FaultText[] => faults.filter((fault) => fault.code === code);
    expect(find('bad-baud')).toEqual([
      expect.objectContaining({
        exit: '2',
        file: 'src/debugger/transport.ts',
        message: 'KD does not run at <baud> baud.',
      }),
    ]);
    expect(find('disk-full').map(({ message }) => message)).toEqual(['The disk of <file> is full.']);
    expect(find('log-write-failed').map(({ message }) => message)).toEqual(['Writing <file> failed: <reason>.']);
    expect(find('kd-no-usb').every(({ message }) => message.includes('over USB'))).toBe(true);
    expect(find('scenario-invalid')[0]?.remedy).toContain('fixtures/scenarios/README.md');
    expect(find('script-invalid')[0]?.remedy).toContain('fixtures/targets/README.md');
    expect(find('trace-denied')[0]?.message).toContain('The trace <file>');
    expect(new Set(faults.map(({ code }) => code)).size).toBeGreaterThan(90);
  });

  it('has codes in kebab-case, known exit codes, and a remedy for everything', () => {
    const exits = new Set(Object.values(EXIT).map(String));
    for (const fault of faults) {
      expect(fault.code).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);
      expect([...exits], fault.code).toContain(fault.exit);
      expect(fault.message.trim(), fault.code).not.toBe('');
      expect(fault.remedy.trim(), fault.code).not.toBe('');
    }
  });

  it('has one file and one exit code for each code', () => {
    const places = new Map<string, Set<string>>();
    for (const { code, file, exit } of faults)
      places.set(code, (places.get(code) ?? new Set()).add(`${file}, exit code ${exit}`));
    const several = [...places].filter(([, where]) => where.size > 1);
    expect(several).toEqual([]);
  });

  it('is docs/errors.md, as "npm run docs" writes it', () => {
    expect(readFileSync(path.join(ROOT, 'docs', 'errors.md'), 'utf8')).toBe(errorsPage(faults));
  });
});
