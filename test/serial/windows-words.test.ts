import { describe, expect, it } from 'vitest';
import { describePort, withUnlisted } from '../../src/serial/list-ports.js';
import { openableName } from '../../src/serial/port-name.js';
import { type PortSurroundings, whyNotOpen } from '../../src/serial/why-not-open.js';
import { deviceOf, serialDevices } from '../../src/serial/windows-ports.js';

const around = (platform: NodeJS.Platform, more: Partial<PortSurroundings> = {}): PortSurroundings => ({
  platform,
  ports: async () => ['COM1', 'COM3'],
  holder: () => undefined,
  device: () => undefined,
  ...more,
});

describe('why a port did not open, in the words of the library on Windows', () => {
  it.each([
    ['Opening COM7: File not found', 'port-missing', 3, 'This host has COM1, COM3.', 'Name one of them'],
    ['Opening COM7: Access denied', 'port-busy', 6, 'held by another program', 'handle.exe -a \\Device\\Serial'],
    ['Opening COM7: Unknown error code 32', 'port-busy', 6, 'held by another program', 'Process Explorer'],
    ['Opening COM7: Unknown error code 31', 'port-broken', 3, 'code 31. The device behind the port', 'Unplug'],
    ['Opening COM7: Unknown error code 121', 'port-broken', 3, 'code 121. The device', 'Bluetooth'],
    ['Opening COM7: Unknown error code 433', 'port-broken', 3, 'is gone', 'Unplug'],
    ['Opening COM7: Unknown error code 4711', 'port-broken', 3, 'Unknown error code 4711.', 'livedebug ports'],
    ['Open (SetCommState): The parameter is incorrect', 'port-broken', 3, 'this baud rate', '115200'],
    ['Opening COM7: Invalid handle', 'port-broken', 3, 'Invalid handle.', 'livedebug ports'],
  ])('%s', async (text, code, exitCode, message, remedy) => {
    const fault = await whyNotOpen('COM7', text, around('win32'));
    expect(fault).toMatchObject({ code, exitCode });
    expect(fault.message).toContain(message);
    expect(fault.remedy).toContain(remedy);
    expect(`${fault.message} ${fault.remedy}`).not.toMatch(/elevated|\.\./);
  });

  it('names the device to look for, and the holder where the system tells', async () => {
    const place = around('win32', { device: () => '\\Device\\VCP0' });
    expect((await whyNotOpen('COM7', 'Opening COM7: Access denied', place)).remedy).toContain('-a \\Device\\VCP0,');
    const told = around('linux', { holder: () => 'minicom (process 4711)' });
    const busy = await whyNotOpen('/dev/ttyS0', 'Error Resource temporarily unavailable Cannot lock port', told);
    expect(busy.message).toBe('/dev/ttyS0 is held by minicom (process 4711).');
    expect(busy.remedy).not.toContain('handle.exe');
  });

  it('says that a host has no port at all', async () => {
    const fault = await whyNotOpen('COM1', 'Opening COM1: File not found', around('win32', { ports: async () => [] }));
    expect(fault.message).toBe('There is no COM1 here. This host has no serial port.');
    expect(fault.remedy).toContain('USB adapter');
  });

  it('keeps the words of other systems apart', async () => {
    expect(await whyNotOpen('/dev/x', 'Error: Permission denied, cannot open /dev/x', around('linux'))).toMatchObject({
      code: 'port-denied',
      remedy: expect.stringContaining('dialout'),
    });
    expect(
      await whyNotOpen('/dev/x', 'Error: No such file or directory, cannot open /dev/x', around('linux')),
    ).toMatchObject({ code: 'port-missing' });
  });
});

describe('names', () => {
  it('reach the library without the prefix that it adds', () => {
    for (const name of ['COM10', '\\\\.\\COM10', '\\\\?\\COM10']) expect(openableName(name, 'win32')).toBe('COM10');
    for (const name of ['\\\\.\\COM123456789', '/dev/ttyS0']) expect(openableName(name, 'win32')).toBeUndefined();
    expect(openableName('/dev/serial/by-id/usb-FTDI', 'linux')).toBe('/dev/serial/by-id/usb-FTDI');
  });

  it('are told with what kind of port they are', () => {
    expect(
      describePort({ path: 'COM1', pnpId: 'ACPI\\PNP0501\\1', friendlyName: 'Communications Port (COM1)' }),
    ).toEqual({
      path: 'COM1',
      description: 'Communications Port (COM1)',
    });
    const usb = {
      pnpId: 'FTDIBUS\\VID_0403+PID_6001+A5\\0000',
      vendorId: '0403',
      friendlyName: 'USB Serial Port (COM5)',
    };
    expect(describePort({ path: 'COM5', ...usb })).toMatchObject({
      kind: 'usb',
      description: 'USB Serial Port (COM5)',
    });
    expect(describePort({ path: 'COM9', pnpId: 'BTHENUM\\{00001101}\\7' }).kind).toBe('bluetooth');
    expect(describePort({ path: '/dev/ttyUSB0', pnpId: 'usb-FTDI_FT232R-if00-port0' }).kind).toBe('usb');
    expect(describePort({ path: '/dev/ttyS0' })).toEqual({ path: '/dev/ttyS0' });
  });

  it('that only a driver knows are listed too', () => {
    const values = new Map([
      ['\\Device\\Serial0', 'COM1'],
      ['\\Device\\com0com10', 'CNCA0'],
    ]);
    const devices = serialDevices(() => ({ values, subkeys: [] }));
    expect(withUnlisted([{ path: 'com1', description: 'x' }], devices)).toEqual([
      { path: 'com1', description: 'x' },
      { path: 'CNCA0', description: '\\Device\\com0com10' },
    ]);
    expect(deviceOf('\\\\.\\com1', devices)).toBe('\\Device\\Serial0');
    expect(deviceOf('COM7', devices)).toBeUndefined();
    expect(serialDevices(() => undefined).size).toBe(0);
  });
});
