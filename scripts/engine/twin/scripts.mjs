// The scripted sessions of the comparison. Each begins at a prompt, with the target standing at a break-in.
const type = (...lines) => lines.map((line) => ({ type: line }));
const press = [{ press: true }];
const wake = (thread, times = 1) => [{ wake: thread, times }];
const clear = type('bc *');

/** An allocation of each thread, in an order in which short stacks come between long ones. */
const everyThread = ['worker', 'batch', 'ioctl', 'deep', 'open', 'buffers', 'gui'].flatMap((thread) => wake(thread));

const entry = { x64: '@rcx,@rdx,@r8', x86: 'poi(@esp+0x4),poi(@esp+0x8),poi(@esp+0xc)' };
const [sp, result] = [
  { x64: 'rsp', x86: 'esp' },
  { x64: 'rax', x86: 'eax' },
];

export function scriptsFor(arch) {
  const asked = `;.printf \\"size=%p tag=%x type=%x \\",${entry[arch]};.echo (livedebug)`;
  const returned = `;r ${sp[arch]};bp /1 poi(@${sp[arch]}) \\"r ${sp[arch]},${result[arch]};g\\"`;
  const quoted = (text) => text.replaceAll('\\"', '\\"');
  return [
    [
      'questions',
      type(
        'vertarget',
        '.lastevent',
        '.reload',
        'lm',
        'lm m nt',
        'x nt!MmAllocateSpecialPool',
        'x nt!NoSuchThing',
        'x nt!Mm*SpecialPool',
        'nosuchcommand',
        '.echo one two',
        '.printf "%x %p\\n", 0n17, 0x1234',
        '? 1+1',
        'sx',
      ),
    ],
    [
      'memory',
      type(
        'dd nt!PoolHitTag L1',
        'dd nt!NoSuchThing L1',
        'ed nt!PoolHitTag 1;dd nt!PoolHitTag L1',
        'ed nt!PoolHitTag 0',
        'db nt!MmAllocateSpecialPool L20',
        'dq nt!PsLoadedModuleList L2',
        'dps nt!PsLoadedModuleList L2',
        'u nt!MmAllocateSpecialPool L4',
        'u nt!MmAllocateSpecialPool',
        'u nt!IofCallDriver',
        'r',
        `r ${result[arch]}`,
        'r $t19',
        'r $t19=5',
        'r $t19',
        "j (@$t19>4) '.echo yes';'.echo no'",
        "j (@$t19<4) '.echo yes';'.echo no'",
      ),
    ],
    ['stacks of a break-in', type('k', 'kb', 'kn', 'kv', 'kb 2', 'kbn 2')],
    [
      'list of breakpoints',
      [
        ...type(
          'bl',
          'bp nt!MmAllocateSpecialPool',
          'bl',
          'bd 0',
          'bl',
          'be 0',
          'bl',
          'bp nt!MmFreeSpecialPool ";kb;g"',
          'bl',
          'bc 0',
          'bl',
          'bc *',
          'bl',
          'bc 7',
          'bp nt!NoSuchThing',
          'bp nosuchmodule!Thing',
          'bl',
        ),
        ...clear,
      ],
    ],
    ['a breakpoint that cannot be', type('bp nt!NoSuchThing ";kb;g"', 'bl')],
    [
      'a plain breakpoint',
      [
        ...type('bp nt!MmAllocateSpecialPool', 'g'),
        ...wake('worker'),
        ...type('k', 'kb', 'kn', 'kv', 'r', 'u', '.lastevent'),
        ...clear,
        ...type('g'),
        ...press,
      ],
    ],
    [
      'steps',
      [
        ...type('bp nt!MmAllocateSpecialPool', 'g'),
        ...wake('worker'),
        ...type('t', 't', 'p', 'p', 'kb 3', 'bc *', 'p', 'gu', 'g'),
        ...press,
      ],
    ],
    [
      'hits that go on',
      [...type('bp nt!MmAllocateSpecialPool ";kb;g"', 'bl', 'g'), ...everyThread, ...press, ...clear],
    ],
    [
      'hits with short stacks',
      [...type('bp nt!MmAllocateSpecialPool "kb 2;gc"', 'g'), ...everyThread, ...press, ...clear],
    ],
    [
      'hits that stop',
      [
        ...type('bp nt!MmAllocateSpecialPool "kb 2"', 'g'),
        ...wake('ioctl'),
        ...type('g'),
        ...wake('gui'),
        ...clear,
        ...type('g'),
        ...press,
      ],
    ],
    [
      'a burst that ends',
      [
        ...type('r $t19=0', "bp nt!MmAllocateSpecialPool \";kb 2;r $t19=@$t19+1;j (@$t19<3) 'g';'bd 0;g'\"", 'g'),
        ...wake('batch'),
        ...wake('batch'),
        ...press,
        ...type('bl', 'r $t19'),
        ...clear,
      ],
    ],
    [
      'sizes',
      [...type(`bp nt!MmAllocateSpecialPool "${quoted(asked)};kb;g"`, 'bl', 'g'), ...everyThread, ...press, ...clear],
    ],
    [
      'frees',
      [
        ...type(
          `bp nt!MmAllocateSpecialPool "${quoted(asked)}${quoted(returned)};kb;g"`,
          `bp nt!MmFreeSpecialPool ";.printf \\"freed=%p \\",${entry[arch].split(',')[0]};.echo (livedebug);g"`,
          'bl',
          'g',
        ),
        ...everyThread,
        ...wake('batch', 2),
        ...press,
        ...clear,
      ],
    ],
    [
      'pool hit tag',
      [
        ...type('ed nt!PoolHitTag 0x206b6444', 'sxe -c "kb;g" bpe', 'sx', 'g'),
        ...everyThread,
        ...press,
        ...type('ed nt!PoolHitTag 0', 'sxr', 'g'),
        ...wake('batch'),
        ...press,
      ],
    ],
    ['prints', [...type('g'), { print: 'hello from the target' }, ...press]],
    [
      'reboots',
      [
        ...type('bp nt!MmAllocateSpecialPool ";kb 1;g"', 'g'),
        { reboot: 'announced' },
        ...press,
        ...type('bl', 'lm'),
        ...clear,
        ...type('g'),
        { reboot: 'unannounced' },
        ...press,
        ...type('bl', 'bc *'),
      ],
    ],
  ].map(([name, steps]) => ({ name, steps }));
}

/** A step, in a word for people and for the list of differences. */
export function nameOf(step) {
  if (step.type !== undefined) return step.type;
  if (step.press) return '(break-in)';
  if (step.wake) return `(wake ${step.wake})`;
  if (step.print) return '(print)';
  return `(${step.reboot} reboot)`;
}
