import type { Command } from 'commander';
import { EXIT } from '../../fault.js';
import { listPorts, type PortInfo } from '../../serial/list-ports.js';
import { JSON_HELP, printRecord, printResult } from '../json-records.js';

export function define(program: Command): void {
  program
    .command('ports')
    .description('the serial ports of this host')
    .option('--json', JSON_HELP)
    .addHelpText('after', '\nExample:\n  livedebug ports\n')
    .action(async (flags: { json?: boolean }) => {
      const ports = await listPorts();
      if (flags.json) {
        for (const port of ports) printRecord('port', port);
        printResult(EXIT.done, { ports: ports.length });
        return;
      }
      for (const { path, description } of ports) process.stdout.write(`${path.padEnd(16)} ${description ?? '-'}\n`);
      process.stdout.write(advice(ports));
    });
}

function advice(ports: readonly PortInfo[]): string {
  const kinds = new Set(ports.map(({ kind }) => kind));
  return [
    ports.length === 0 ? 'This host has no serial port. A USB adapter will do at this end.\n' : '',
    kinds.has('usb')
      ? 'A USB adapter will do here, at the host; the target needs a serial port of its own board.\n'
      : '',
    kinds.has('bluetooth') ? 'A Bluetooth port cannot be used for kernel debugging.\n' : '',
  ].join('');
}
