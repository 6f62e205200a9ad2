import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/fault.js';
import { loadScenario, parseScenario, scenarioNames } from '../../src/simulator/kd/scenario/scenario-load.js';

function faultOf(text: string): Fault {
  try {
    parseScenario(text, 'my.toml');
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('the scenario is valid');
}

describe('built-in scenarios', () => {
  for (const name of scenarioNames()) {
    it(name, () => expect(loadScenario(name).about).not.toBe(''));
  }

  it('hold every trouble of the reference', () => {
    const troubles = [
      'demo',
      'fast',
      'x86',
      'x64-new',
      'never-connects',
      'connects-late',
      'break-swallowed',
      'break-while-halted',
      'no-symbol',
      'no-symbols-at-all',
      'slow-symbols',
      'reboot',
      'reboot-unannounced',
      'kd-crash',
      'kd-hang',
      'noise',
      'foreign-commands',
      'split-chunks',
      'crlf-oem',
      'bugcheck',
      'assertion',
      'int3',
      'port-missing',
      'port-busy',
      'flood',
      'link-loss',
      'link-loss-forever',
      'pool-hit-tag',
      'wrong-baud',
      'kdnet',
      'vm-pipe',
      'halted-at-attach',
    ];
    expect(scenarioNames()).toEqual(expect.arrayContaining(troubles));
  });
});

describe('messages about a scenario file', () => {
  it('name the file, the key and what was expected', () => {
    const { message, exitCode } = faultOf(
      'about = "x"\n[target]\narchitecture = "ia64"\n[[timeline]]\nevent = "connect"\nafter_ms = -1\n',
    );
    expect(exitCode).toBe(2);
    expect(message).toContain('my.toml');
    expect(message).toMatch(/target\.architecture: .*"x86"\|"x64"/);
    expect(message).toMatch(/timeline\[0\]\.after_ms: .*>=0/);
  });

  it('name unknown keys', () => expect(faultOf('about = "x"\nspede = 3\n').message).toContain('spede'));
  it('say where TOML breaks', () => expect(faultOf('about = "x"\nspeed = = 3\n').message).toContain('line 2'));
  it('miss what is required', () => expect(faultOf('speed = 2\n').message).toContain('about'));

  it('name the scenarios there are', () => {
    expect(() => loadScenario('no-such')).toThrow(/no built-in scenario no-such; there are .*demo/);
    expect(() => loadScenario('./no-such.toml')).toThrow(/no-such\.toml cannot be read/);
  });
});
