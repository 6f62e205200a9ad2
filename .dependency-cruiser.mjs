// The arrows between the rooms of src/, as docs/architecture.md draws them: each room, and what it may import.
// `npm run check` holds them; a message names the room and what it must not know.

/** Every room may import itself, src/fault.ts and platform/. */
const MAY_IMPORT = {
  platform: [],
  'kd-text': [],
  log: [],
  stacks: ['kd-text'],
  serial: [],
  prepare: [],
  'debugging-server': ['kd-text'],
  debugger: ['kd-text'],
  session: ['debugger', 'kd-text', 'log', 'stacks'],
  report: ['stacks', 'kd-text'],
  kd: ['debugging-server', 'kd-text', 'serial'],
  simulator: ['kd', 'debugging-server', 'kd-text', 'serial'],
};

const rooms = Object.entries(MAY_IMPORT).map(([room, others]) => ({
  name: `arrows-of-${room}`,
  comment: `${room}/ may import ${['platform', ...others].join(', ')} and src/fault.ts only: see docs/architecture.md.`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: { path: '^src/', pathNot: `^src/(?:fault\\.ts$|(?:${[room, 'platform', ...others].join('|')})/)` },
}));

/** The simulated target is written from the sheets: of the built-in kd it shares the packets' numbers and the ciphers, and no logic. */
const SHARED_WITH_KD = '^src/kd/(?:wire/(?:packet|timers)|net/(?:datagram|key))\\.ts$';

export default {
  forbidden: [
    ...rooms,
    {
      name: 'simulator-is-independent',
      comment: 'A simulator that shares code with the built-in kd shares its mistakes: write it from the reference.',
      severity: 'error',
      from: { path: '^src/simulator/' },
      to: { path: '^src/kd/', pathNot: SHARED_WITH_KD },
    },
    {
      name: 'session-core-is-pure',
      comment: "session/core decides and does nothing: no clock, no files, no processes. Effects are the controller's.",
      severity: 'error',
      from: { path: '^src/session/core/' },
      to: {
        path: '^(?:src/(?:session/[^/]+\\.ts$|debugger/(?!break-in-ways\\.ts$)|log/|serial/)|(?:node:)?(?:fs|child_process|net|timers|os)\\b)',
      },
    },
    {
      name: 'no-value-cycle',
      comment:
        'Two files that need each other to be loaded: put what both need into a third. Types alone may go both ways, and so may what is loaded on demand.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only', 'dynamic-import'] } },
    },
    {
      name: 'no-orphan',
      comment: 'Nothing imports this file, and it is no program of its own.',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: ['\\.d\\.ts$', '\\.as\\.ts$', '^src/(?:main|report/page/|report/read/part-worker|stacks/scanner/)'],
      },
      to: {},
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    exclude: { path: '^(?:dist|node_modules)' },
    doNotFollow: { path: 'node_modules' },
  },
};
