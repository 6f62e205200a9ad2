import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { EXIT, type ExitCode, Fault, messageOf } from '../../fault.js';
import { symbolCache } from '../../session/home.js';

const HELP = `
A console kernel debugger with kd's command line and console text, over a serial port, the pipe or socket of a
virtual machine, TCP, or a network (KDNET). Every argument is kd's own, except for those above.

  -k com:port=COM1,baud=115200                     a serial port (/dev/ttyS0, a pty)
  -k com:pipe,port=PATH,resets=0,reconnect         the pipe or Unix socket of a virtual machine
  -k tcp:HOST:PORT                                 a terminal server, a machine's serial console over TCP
  -k net:port=50000,key=w.x.y.z[,target=HOST]      KDNET, as bcdedit /dbgsettings net set it up; without key=,
                                                   LIVEDEBUG_KDNET="key=w.x.y.z" holds, which no process list shows
  -c "commands"   -cf FILE   -bonc   -y SYMBOLS    as in kd; _NT_DEBUG_PORT and _NT_DEBUG_BAUD_RATE hold

Commands: g gh gn t p gu k* r d* e* s u bp bu bm ba bl bc bd be sx* x ln lm ? ~ .if .printf .logopen q; .help lists all
Keys, each with ENTER behind it: CTRL+C break in (alone), CTRL+B leave, CTRL+R resynchronise, CTRL+K break at boot,
CTRL+D verbose. Leaving takes every breakpoint out and lets the target run.

Examples:
  livedebug kd -k com:port=/dev/ttyUSB0,baud=115200
  livedebug kd --trace wire.txt -k com:pipe,port=/tmp/vm.sock,resets=0,reconnect
  livedebug kd --record line.rec -k com:port=COM1,baud=115200
  livedebug kd --explain-trace line.rec
  livedebug kd --explain-trace kdnet.pcapng --key w.x.y.z
`;

/** `livedebug kd`: the built-in kd. */
export function define(program: Command): void {
  program.enablePositionalOptions();
  program
    .command('kd')
    .description('the built-in kd: kd’s command line and console, from any host')
    .usage(
      '[--record FILE | --trace FILE | --explain-trace FILE [--key KEY]] [--careful | --code-slack] [--known-stacks] [kd’s own arguments]',
    )
    .argument('[args...]', 'the arguments of kd')
    .option('--trace <file>', 'write every packet that passes to this file')
    .option('--record <file>', 'write the whole line with its times to this file: lines of "seconds direction hex"')
    .option(
      '--explain-trace <file>',
      'decode a trace or record, a pcap or pcapng file of KD over TCP or KDNET, or in what a serial monitor kept, and end',
    )
    .option('--key <w.x.y.z>', 'the key of KDNET for --explain-trace, as bcdedit /dbgsettings prints it on the target')
    .addOption(
      new Option('--careful', 'breakpoints as Microsoft’s kd has them: more bytes and a step at every hit').conflicts(
        'codeSlack',
      ),
    )
    .option(
      '--code-slack',
      'pass breakpoints through copies of their instructions, which stay behind the kernel’s code until the next boot',
    )
    .option(
      '--known-stacks',
      'at hits that go on, read the first frames and take the rest from stacks that began so every time before; one in 16 is read whole',
    )
    .addOption(new Option('--halted <file>', 'keep in this file how many ms the target has been halted').hideHelp())
    .addHelpText('after', HELP)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (args: string[], flags: Flags) => {
      const { explainTrace, key } = flags;
      process.exitCode =
        explainTrace === undefined ? await kd(args, flags, program.version() ?? '') : await explain(explainTrace, key);
    });
}

interface Flags {
  readonly trace?: string;
  readonly record?: string;
  readonly halted?: string;
  readonly explainTrace?: string;
  readonly key?: string;
  readonly careful?: boolean;
  readonly codeSlack?: boolean;
  readonly knownStacks?: boolean;
}

async function kd(args: readonly string[], flags: Flags, version: string): Promise<ExitCode> {
  if (args.some((word) => /^[-/](?:\?|h)$/.test(word))) {
    process.stdout.write(HELP);
    return EXIT.done;
  }
  const { runKd } = await import('../../kd/shell/run-kd.js');
  const ways = flags.careful ? 'careful' : flags.codeSlack ? 'code-slack' : 'usual';
  const { trace, record, halted } = flags;
  return runKd({
    args,
    env: process.env,
    version,
    trace,
    record,
    haltedFile: halted,
    ways,
    knownStacks: flags.knownStacks ?? false,
    symbolCache: symbolCache(),
  });
}

async function explain(file: string, key: string | undefined): Promise<ExitCode> {
  const { explainCapture } = await import('../../kd/wire/trace/trace-explain.js');
  const { parseKey } = await import('../../kd/net/key.js');
  const keys = key === undefined ? undefined : parseKey(key);
  if (key !== undefined && !keys)
    throw new Fault(
      'bad-kdnet-key',
      EXIT.usage,
      'The value of --key is not a KDNET key: a key has four parts of letters and digits, with dots between them.',
      'Copy the key that bcdedit /dbgsettings prints on the target: --key w.x.y.z.',
    );
  try {
    for (const line of explainCapture(readFileSync(file), keys)) process.stdout.write(`${line}\n`);
    return EXIT.done;
  } catch (error) {
    throw new Fault(
      'bad-trace',
      EXIT.usage,
      `${file} is not a readable capture of a KD line: ${messageOf(error)}.`,
      'Name a file that livedebug kd --record or --trace has written, lines of "seconds direction hex" (h2t or t2h), a pcap or pcapng file of KD over TCP or KDNET, or the bytes that a serial monitor kept.',
    );
  }
}
