import { describe, expect, it } from 'vitest';
import type { Report } from '../../../src/report/model.js';
import { nextCommands } from '../../../src/report/sections/next-commands.js';
import { emptyReport, outstandingReport, smallReport } from '../samples.js';

const commandsOf = (report: Report): string[] => nextCommands(report, 'linux').map(({ command }) => command);

describe('what a report says to do next', () => {
  it('names the driver for lmvm, a session that tells a leak, and how to undo the preparation', () => {
    expect(commandsOf(smallReport())).toEqual([
      'lmvm mydrv',
      'livedebug start --tag Ddk --track-frees',
      'undo.cmd',
      'livedebug target undo --tag Ddk --os 2003',
    ]);
  });

  it('does not ask for frees that were looked at', () => {
    expect(commandsOf(outstandingReport()).filter((command) => command.includes('--track-frees'))).toEqual([]);
  });

  it('knows what the image at hand says of the driver', () => {
    const image = {
      module: 'MyDrv',
      file: 'mydrv.sys',
      version: '1.2.3.4',
      company: 'Example',
      description: 'Port driver',
    };
    const [command] = nextCommands({ ...smallReport(), images: [image] });
    expect(command).toEqual({
      at: 'kd',
      command: 'lmvm mydrv',
      why: 'to compare with mydrv.sys here: version 1.2.3.4 (Example, "Port driver")',
    });
    const bare = { ...image, version: '', company: '', description: '' };
    expect(nextCommands({ ...smallReport(), images: [bare] })[0]?.why).toMatch(/: it has no version$/);
  });

  it('undoes what fits the Windows that the log shows', () => {
    const report = smallReport();
    const logs = report.logs.map((log) => ({ ...log, targets: ['Windows 7 Kernel Version 7601 MP'] }));
    expect(commandsOf({ ...report, logs }).at(-1)).toBe('livedebug target undo --tag Ddk --os vista+');
  });

  it('blames nobody, and undoes nothing, where nothing is known', () => {
    expect(nextCommands(emptyReport())).toEqual([]);
    const report = smallReport();
    const unsure = { ...report, drivers: [{ ...report.drivers[0], name: '(driver not certain)' }] } as Report;
    expect(commandsOf({ ...unsure, uncertain: 3 })[0]).toBe('.reload');
    const hostile = { ...report, drivers: [{ ...report.drivers[0], name: 'a; .shell x' }] } as Report;
    expect(commandsOf(hostile).some((command) => command.startsWith('lmvm'))).toBe(false);
  });

  it('quotes a tag that a shell would take apart', () => {
    const report = smallReport();
    const tags = [{ ...report.tags[0], tag: 'a b ' }] as unknown as Report['tags'];
    expect(commandsOf({ ...report, tags })).toContain("livedebug start --tag 'a b' --track-frees");
  });
});
