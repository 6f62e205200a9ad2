import { FIREWALL } from './kdnet.js';
import type { UndoSettings } from './kit.js';

/** What has to be known before the target is changed: one sentence each, the dangerous ones first. */
export function warningsFor({ os, port, baud, byHitTag, bootIni, net, notes = [] }: UndoSettings): string[] {
  const boot =
    os === 'vista+'
      ? [
          'BitLocker: a changed boot configuration asks for the recovery key at the next start. Where it protects the system drive, prepare.cmd stops before it has changed anything, and says what to type: manage-bde -protectors -disable C: -RebootCount 0 (Windows 7 and Server 2008 R2: without -RebootCount 0), and after undo.cmd manage-bde -protectors -enable C:.',
          'Secure Boot must be off in the firmware for this job: Windows refuses kernel debugging while it is on, and prepare.cmd stops there.',
        ]
      : byHitTag || bootIni
        ? []
        : ['/3GB: special pool does not work in an entry with /3GB or /userva; the copy must do without.'];
  const reboot = 'A reboot is needed, twice: into the debug entry, and back after undo.cmd.';
  return [
    ...notes,
    ...boot,
    byHitTag
      ? `${reboot} PoolHitTag itself needs none: a target that was started with debugging already can be watched as it is.`
      : `${reboot} PoolTag is read at the start of Windows only.`,
    'A machine that was started with debugging waits for its debugger at a bug check, instead of writing a dump and restarting.',
    ...(net ? NETWORK : []),
    ...(net
      ? [
          `The firewall of the host must let UDP port ${net.port} in. On Windows, as an administrator: ${FIREWALL.windows(net.port)}; on Linux: ${FIREWALL.ufw(net.port)}, or ${FIREWALL.firewalld(net.port)}.`,
        ]
      : [
          `COM${port} disappears from the running target while it is started with debugging; nothing else can use it, a console redirection included.`,
          `Both ends need the same rate: ${baud} here and in livedebug start --baud ${baud}. Without --baud, kd takes 19200 and Windows 115200.`,
        ]),
    ...(byHitTag ? HIT_TAG : SPECIAL_POOL),
  ];
}

// Source: "Set Up KDNET Network Kernel Debugging Manually".
const NETWORK = [
  'Not every network card can do it, and hardly one of a WLAN. On the target kdnet.exe (Debugging Tools for Windows), started without arguments, lists those that can; Microsoft has lists of supported Ethernet NICs by version of Windows. Where there are several, choose one by its place in the Device Manager: bcdedit /set {dbgsettings} busparams BUS.DEVICE.FUNCTION',
  'While it is started with debugging, the target shares that card with the debugger: Windows reaches the network through the Microsoft Kernel Debug Network Adapter, with another name, perhaps another address from DHCP, and slower.',
  'All debug entries of the target share these settings. In a virtual machine of Hyper-V the network of the machine must reach the host.',
  'The key is all that protects the connection. Give each target a port and a key of its own.',
];
const HIT_TAG = [
  'PoolHitTag stops the target at every allocation and at every free of the tag, whatever its size: with hundreds a second, agree on a short time (--max-hits, --for).',
  'PoolHitTag is not exported: the symbols of the kernel are needed.',
];
const SPECIAL_POOL = [
  'Special pool costs a page of memory and two of address space per allocation of the tag. When it is used up, Windows falls back to normal pool in silence, and hits stop. Allocations of a page or more are not covered.',
  'The function to break on differs by Windows version: nt!MmAllocateSpecialPool up to Windows 10 1809, nt!ExAllocateHeapSpecialPool later; the newest have neither, and need no PoolTag (--strategy pool-hit-tag). All need symbols of the kernel; for some old kernels they are no longer served.',
];
