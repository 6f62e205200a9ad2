import { EXIT, Fault } from '../fault.js';
import { win32Error } from '../platform/windows/win32-error.js';

/** What is known of this host when a port could not be opened; asked for only then. */
export interface PortSurroundings {
  readonly platform: NodeJS.Platform;
  /** The ports there are. */
  readonly ports: () => Promise<readonly string[]>;
  /** Who has the port open, where the system tells. */
  readonly holder: (port: string) => string | undefined;
  /** Windows' name of the device behind the port. */
  readonly device: (port: string) => string | undefined;
}

/**
 * Says why a port did not open.
 * Sources of the texts: @serialport/bindings-cpp, ErrorCodeToString of serialport_win.cpp (`Opening COM7: Access denied`,
 * `Opening COM7: Unknown error code 121`, `Open (SetCommState): The parameter is incorrect`) and serialport_unix.cpp.
 */
export async function whyNotOpen(port: string, text: string, around: PortSurroundings): Promise<Fault> {
  const code = around.platform === 'win32' ? windowsCode(text) : undefined;
  if (code === ACCESS_DENIED || code === BUSY || code === SHARING_VIOLATION)
    return busy(port, around.holder(port), findHolder(around.device(port)));
  if (code === undefined && /cannot lock|EBUSY|busy/i.test(text)) return busy(port, around.holder(port), '');
  if (code === undefined && /permission|EACCES|EPERM/i.test(text)) return denied(port, around.platform);
  if (code === FILE_NOT_FOUND || /no such file|ENOENT|ENODEV|ENXIO/i.test(text))
    return missing(port, await around.ports());
  const known = code === undefined ? undefined : win32Error(code);
  const said = text.replace(/^Error:?\s*/, '').replace(/\.$/, '');
  return new Fault(
    'port-broken',
    EXIT.missing,
    `${port} cannot be opened: ${said}.${known ? ` ${known.meaning}` : ''}`,
    known?.remedy ?? '"livedebug ports" lists the serial ports of this host.',
  );
}

const [FILE_NOT_FOUND, ACCESS_DENIED, INVALID_HANDLE, SHARING_VIOLATION, INVALID_PARAMETER, BUSY, ABORTED] = [
  2, 5, 6, 32, 87, 170, 995,
];
const WORDS: Readonly<Record<string, number | undefined>> = {
  'File not found': FILE_NOT_FOUND,
  'Access denied': ACCESS_DENIED,
  'Invalid handle': INVALID_HANDLE,
  'The parameter is incorrect': INVALID_PARAMETER,
  'Operation aborted': ABORTED,
};

// The texts come from the library, not from Windows: they are English everywhere.
function windowsCode(text: string): number | undefined {
  const number = /Unknown error code (\d+)/.exec(text)?.[1];
  if (number !== undefined) return Number(number);
  return Object.entries(WORDS).find(([words]) => text.includes(words))?.[1];
}

function busy(port: string, holder: string | undefined, find: string): Fault {
  return new Fault(
    'port-busy',
    EXIT.busy,
    `${port} is held by ${holder ?? 'another program'}.`,
    `End that program (a terminal emulator, another kd) and start again; "livedebug status" shows sessions of ours.${find}`,
  );
}

// Windows tells it only by the handles of every process: both programs are Sysinternals', and search by the device's name.
function findHolder(device: string | undefined): string {
  const name = device ?? String.raw`\Device\Serial`;
  return ` To find it, as administrator: handle.exe -a ${name}, or Ctrl+F ${name} in Process Explorer (both from Sysinternals).`;
}

function denied(port: string, platform: NodeJS.Platform): Fault {
  return new Fault(
    'port-denied',
    EXIT.missing,
    `${port} may not be opened by this user.`,
    platform === 'linux' ? 'Join the group "dialout" and log on again.' : 'Look at the permissions of the device.',
  );
}

function missing(port: string, ports: readonly string[]): Fault {
  return new Fault(
    'port-missing',
    EXIT.missing,
    `There is no ${port} here. ${ports.length > 0 ? `This host has ${ports.join(', ')}.` : 'This host has no serial port.'}`,
    ports.length > 0
      ? 'Name one of them; "livedebug ports" says what each of them is.'
      : 'Plug in a USB adapter: at this end of the cable it will do. "livedebug ports" lists what is there.',
  );
}
