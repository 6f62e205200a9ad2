import { formatAddress } from '../../kd-text/address.js';
import { kdDate } from '../../kd-text/date.js';
import type { KdOptions } from '../../kd-text/kd-options.js';
import {
  ESTABLISHED,
  formatConnectedTo,
  formatKernelVersion,
  formatLab,
  formatPathValidation,
  type TargetDescription,
  WAITING_TO_RECONNECT,
} from '../../kd-text/listings/banner.js';
import { formatShutdown } from '../../kd-text/session-time.js';
import type { Kd } from './kd.js';
import type { Scenario } from './scenario/scenario.js';
import { hex16 } from './target/hits.js';

function description({ target }: Scenario): TargetDescription {
  const wide = target.architecture === 'x64';
  return {
    name: target.windows,
    build: target.build,
    architecture: wide ? 'x64' : 'x86 compatible',
    pointer64: wide,
  };
}

export function connectedToLine(scenario: Scenario): string {
  return formatConnectedTo(description(scenario), kdDate(new Date()));
}

/** What kd prints before it waits: how it reaches the target. */
export function openedLines(options: KdOptions, pipeExists: boolean): string[] {
  const { transport } = options;
  if (transport.kind === 'net') return ['Using NET for debugging', 'Opened WinSock 2.0'];
  if (transport.kind === 'pipe' && !pipeExists) return [`Waiting for pipe ${transport.port}`];
  return [`Opened ${transport.port}`];
}

/** What kd prints when the target answers. */
export function connectLines(kd: Kd, breakRequested: boolean): string[] {
  const { transport } = kd.options;
  const net =
    transport.kind === 'net'
      ? [
          `Connected to target 192.0.2.7 on port ${transport.port} on local IP 192.0.2.1.`,
          'You can get the target MAC address by running .kdtargetmac command.',
        ]
      : [];
  return [
    ...net,
    connectedToLine(kd.scenario),
    breakRequested ? `${ESTABLISHED}  (Initial Breakpoint requested)` : ESTABLISHED,
    ...(kd.engine === 'today' ? formatPathValidation(kd.symbolPath, kd.options.imagePath) : []),
    `Symbol search path is: ${kd.symbolPath}`,
    `Executable search path is: ${kd.options.imagePath}`,
    ...kernelLines(kd),
  ];
}

/** What kd prints when the target says that it shuts down. */
export function shutdownLines(): string[] {
  return [formatShutdown(new Date()), WAITING_TO_RECONNECT];
}

/** What `vertarget` prints. */
export function kernelLines(kd: Kd): string[] {
  const { target } = kd.scenario;
  const version = formatKernelVersion(description(kd.scenario), target.processors, target.service_pack);
  const [base, list] = [kd.symbols.kernelBase, kd.symbols.moduleList].map((address) =>
    formatAddress(hex16(address), kd.symbols.bits),
  );
  const minutes = Math.floor(kd.clock.now() / 60_000);
  return [
    version,
    target.product,
    ...formatLab(target.lab, kd.engine),
    `Kernel base = 0x${base} PsLoadedModuleList = 0x${list}`,
    `Debug session time: ${kdDate(new Date())}`,
    `System Uptime: 0 days 0:${String(minutes).padStart(2, '0')}:20.555`,
  ];
}

const PREPARING = 'Preparing the environment for Debugger Extensions Gallery repositories';
const GALLERY = 'Waiting for Debugger Extensions Gallery to Initialize';

/** What the debuggers of today print before their banner. Its empty lines are in it, the one in front of the banner is not. */
export function galleryPrologue(options: KdOptions): string[] {
  return [
    ...formatPathValidation(options.symbolPath, options.imagePath),
    '',
    `************* ${PREPARING} **************`,
    '   ExtensionRepository : Implicit',
    ...['UseExperimentalFeatureForNugetShare', 'AllowNugetExeUpdate', 'NonInteractiveNuget'].map(
      (name) => `   ${name} : true`,
    ),
    ...['AllowNugetMSCredentialProviderInstall', 'AllowParallelInitializationOfLocalRepositories'].map(
      (name) => `   ${name} : true`,
    ),
    '   EnableRedirectToChakraJsProvider : false',
    '',
    '   -- Configuring repositories',
    ...['LocalInstalled', 'UserExtensions'].map((name) => `      ----> Repository : ${name}, Enabled: true`),
    '',
    `>>>>>>>>>>>>> ${PREPARING} completed, duration 0.001 seconds`,
    '',
    `************* ${GALLERY} **************`,
    '',
    `>>>>>>>>>>>>> ${GALLERY} completed, duration 0.005 seconds`,
    ...['UserExtensions', 'LocalInstalled'].map(
      (name) => `   ----> Repository : ${name}, Enabled: true, Packages count: 0`,
    ),
  ];
}
