/** What kd was about to open when Windows refused: its own port, or the pipe of a debugging server. */
export type Win32Doing = 'port' | 'server';

/** An error code of Windows in words. */
export interface Win32Error {
  /** Its name in winerror.h. */
  readonly name: string;
  readonly meaning: string;
  readonly remedy: string;
}

type Words = readonly [meaning: string, remedy: string];
interface Row {
  readonly name: string;
  readonly port?: Words;
  readonly server?: Words;
}

const WHICH_PORTS = 'See "livedebug ports"; the pipe of a virtual machine is there only while the machine runs.';
const CLIENT =
  'Look whether kd still runs there and how its pipe is spelled; file and printer sharing must be on at that computer.';
const LOG_ON = String.raw`Log on to that computer first: net use \\HOST\ipc$ /user:NAME.`;
const PLUG = 'Unplug the adapter and plug it in again; look at it in Device Manager.';
const OTHER_PROGRAM = 'End the other program (a terminal emulator, another kd, a manager of virtual machines).';

/** Sources: "System Error Codes", "Activating a Debugging Client"; what kd printed with each, in its transcripts. */
const ROWS: Readonly<Record<number, Row>> = {
  2: {
    name: 'ERROR_FILE_NOT_FOUND',
    port: ['There is no port or pipe of that name.', WHICH_PORTS],
    server: ['There is no debugging server with a pipe of that name.', CLIENT],
  },
  3: { name: 'ERROR_PATH_NOT_FOUND', port: ['The name of the port is not a device name.', WHICH_PORTS] },
  5: {
    name: 'ERROR_ACCESS_DENIED',
    port: ['The port is held by another program, or this user may not open it.', OTHER_PROGRAM],
    server: ['The computer of the debugging server does not accept this user.', LOG_ON],
  },
  31: { name: 'ERROR_GEN_FAILURE', port: ['The device behind the port does not work.', PLUG] },
  32: { name: 'ERROR_SHARING_VIOLATION', port: ['The port is held by another program.', OTHER_PROGRAM] },
  53: {
    name: 'ERROR_BAD_NETPATH',
    server: [
      'The computer of that name is not found on the network.',
      `Look whether it answers (ping), and that its firewall lets file and printer sharing in.`,
    ],
  },
  64: { name: 'ERROR_NETNAME_DELETED', server: ['The network connection to that computer broke.', CLIENT] },
  67: { name: 'ERROR_BAD_NET_NAME', server: ['That computer shares nothing of that name.', CLIENT] },
  86: { name: 'ERROR_INVALID_PASSWORD', server: ['The password for that computer is wrong.', LOG_ON] },
  87: {
    name: 'ERROR_INVALID_PARAMETER',
    port: ['The driver of the port does not do what was asked of it, as a rule this baud rate.', 'Try --baud 115200.'],
  },
  109: {
    name: 'ERROR_BROKEN_PIPE',
    port: ['The other end closed the pipe.', 'Start the virtual machine, then kd.'],
    server: ['The debugging server closed the pipe.', CLIENT],
  },
  121: {
    name: 'ERROR_SEM_TIMEOUT',
    port: [
      'The device behind the port does not respond.',
      `A Bluetooth port cannot be used for kernel debugging. ${PLUG}`,
    ],
    server: ['The computer of the debugging server does not answer.', CLIENT],
  },
  123: { name: 'ERROR_INVALID_NAME', port: ['This is not a valid port name.', WHICH_PORTS] },
  161: { name: 'ERROR_BAD_PATHNAME', port: ['This is not a valid port name.', WHICH_PORTS] },
  170: { name: 'ERROR_BUSY', port: ['The port is in use.', OTHER_PROGRAM] },
  183: {
    name: 'ERROR_ALREADY_EXISTS',
    port: ['A debugging server has this pipe already.', 'See "livedebug status", or take another --pipe.'],
  },
  231: {
    name: 'ERROR_PIPE_BUSY',
    port: ['Somebody else has the other end of the pipe.', OTHER_PROGRAM],
    server: ['All places of the debugging server’s pipe are taken.', 'Try again when another client has left.'],
  },
  433: { name: 'ERROR_NO_SUCH_DEVICE', port: ['The device behind the port is gone.', PLUG] },
  1167: { name: 'ERROR_DEVICE_NOT_CONNECTED', port: ['The device behind the port is not connected.', PLUG] },
  1219: {
    name: 'ERROR_SESSION_CREDENTIAL_CONFLICT',
    server: [
      'This host is logged on to that computer as somebody else.',
      String.raw`End that first: net use \\HOST\ipc$ /delete. Then ${LOG_ON.replace('Log', 'log')}`,
    ],
  },
  1326: { name: 'ERROR_LOGON_FAILURE', server: ['User name or password are wrong for that computer.', LOG_ON] },
  1450: {
    name: 'ERROR_NO_SYSTEM_RESOURCES',
    port: ['This host has run out of kernel memory.', 'Look for a kd without a target that grows; restart the host.'],
  },
  10013: {
    name: 'WSAEACCES',
    port: ['The network port may not be used.', 'Allow kd in the firewall, or take another port with bcdedit.'],
  },
  10048: {
    name: 'WSAEADDRINUSE',
    port: ['The network port is in use.', 'End the other kd on it, or take another port with bcdedit.'],
  },
};

/** E_FAIL says nothing by itself; kd has it for a wrong password, and for a network it cannot use. */
const E_FAIL = 0x80004005;
const FAILED: Row = {
  name: 'E_FAIL',
  port: [
    'kd could not use the network or the port, and says no more.',
    'With net: look at the port number, the key and the firewall; otherwise see "livedebug ports".',
  ],
  server: ['The debugging server refused the client, as a rule for a wrong password.', 'Give its --password.'],
};

/** The Win32 code in an HRESULT of that facility (0x8007....); any other number as it is. */
export function win32Code(code: number): number {
  return code >>> 16 === 0x8007 ? code & 0xffff : code;
}

/**
 * What kd's `Win32 error 0n5`, `HRESULT 0x80070005` or an exit code of the same value means, and what to do about it.
 * @returns undefined for codes that are not expected from kd
 */
export function win32Error(code: number, doing: Win32Doing = 'port'): Win32Error | undefined {
  const row = code >>> 0 === E_FAIL ? FAILED : ROWS[win32Code(code)];
  const words = row?.[doing] ?? row?.port ?? row?.server;
  return row && words && { name: row.name, meaning: words[0], remedy: words[1] };
}
