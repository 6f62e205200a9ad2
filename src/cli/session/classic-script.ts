import { type ServerName, serverOption } from '../../debugger/server-name.js';
import { kernelOption, type Transport, withoutKey } from '../../debugger/transport.js';
import { KEY_VARIABLE } from '../../kd-text/kdnet-key.js';
import { typedCommands } from '../../session/core/commands.js';
import type { Plan } from '../../session/core/plan.js';

interface Recipe {
  readonly transport: Transport;
  readonly server: ServerName;
  readonly symbolPath: string;
  readonly plan: Plan;
}

/**
 * The batch file of the classic recipe, for a host where this program may not run. CRLF, cmd.exe's quoting:
 * a per cent sign is doubled in what it runs, and what is typed to kd stands as it is typed. A key of KDNET is not in it.
 */
export function classicScript({ transport, server, symbolPath, plan }: Recipe): string {
  const { resolve, breakpoint, hitTag } = typedCommands(plan);
  const both = breakpoint !== undefined && hitTag !== undefined;
  // As they are typed to kd: nobody runs a remark.
  const remarks = (lines: readonly string[]) => lines.map((line) => `rem      ${line}`);
  return [
    '@echo off',
    `rem Who allocates the pool tag ${plan.tag.text.trim().replace(/[^A-Za-z0-9]/g, '?')}? A live session of kd, by hand.`,
    'rem Set KD to the folder of kd.exe if it is not on the path.',
    'setlocal',
    `set "_NT_SYMBOL_PATH=${safe(symbolPath)}"`,
    'set "_NT_DEBUG_LOG_FILE_OPEN=%~dp0debug.log"',
    'if defined KD set "PATH=%KD%;%PATH%"',
    'rem',
    'rem 1. Wait for "Kernel Debugger connection established."',
    'rem 2. Press Ctrl+C. The target is halted from now on. At the prompt type:',
    ...remarks(resolve),
    ...(both ? ['rem    Where x finds one of these functions:'] : []),
    ...remarks(breakpoint?.arm ?? []),
    ...(breakpoint?.x86 ?? []).map((line) => `rem      on x86: ${line}`),
    ...(both ? ['rem    Where it finds none of them, and dd shows PoolHitTag:'] : []),
    ...remarks(hitTag?.arm ?? []),
    'rem 3. Collect. To release the target press Ctrl+C, then type:',
    ...remarks(breakpoint?.clear ?? []),
    ...(both ? ['rem    or, where PoolHitTag was set:'] : []),
    ...remarks(hitTag?.clear ?? []),
    'rem    and leave with Ctrl+B, Enter. Never with q: it freezes the target.',
    'rem 4. livedebug report debug.log says who allocated the tag.',
    'rem',
    ...(withoutKey(transport) ? NEEDS_KEY : []),
    `kd -server ${word(serverOption(server))} -k ${connection(transport)}`,
    'endlocal',
    '',
  ].join('\r\n');
}

const NEEDS_KEY = [
  `rem The key of KDNET stands in no file. Before this file type:  set ${KEY_VARIABLE}=key=w.x.y.z`,
  `if not defined ${KEY_VARIABLE} echo Type first:  set ${KEY_VARIABLE}=key=w.x.y.z& exit /b 2`,
  // As a kit's file has it.
  `if /i not "%${KEY_VARIABLE}:~0,4%"=="key=" set "${KEY_VARIABLE}=key=%${KEY_VARIABLE}%"`,
];

/** What stands behind `-k`; the key of KDNET comes from the environment. */
function connection(transport: Transport): string {
  const keyless = withoutKey(transport)?.transport;
  return keyless ? `${word(kernelOption(keyless))},%${KEY_VARIABLE}%` : word(kernelOption(transport));
}

/** One argument of a command line of cmd.exe. */
function word(text: string): string {
  return /[\s&|<>^();]/.test(text) ? `"${safe(text)}"` : safe(text);
}

function safe(text: string): string {
  return text.replaceAll('%', '%%');
}
