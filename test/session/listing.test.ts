import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/session/core/plan.js';
import { step } from '../../src/session/core/step.js';
import { BASE } from './base-plan.js';
import { listing } from './core/pool-breaks/listings.js';
import { ModelKd } from './model-kd.js';

const FREES: Plan = { ...BASE, strategy: 'pool-hit-tag', detail: 'frees', forMs: 60_000 };
const CODE = listing('x64', {
  ExAllocatePoolWithTag: `
    push    rbx
    sub     rsp,20h
    mov     rbx,rdx
    cmp     r8d,dword ptr [{PoolHitTag}]
    jne     {on}
    int     3
    on:
    mov     rax,qword ptr [{PoolTrackTable}]
    lock add qword ptr [rax+8],rbx
    add     rsp,20h
    pop     rbx
    ret`,
});

function session(plan: Plan, code: readonly string[] = CODE): ModelKd {
  const model = new ModelKd(plan, 10, false, false, 60, true);
  model.listing = code;
  model.start();
  return model;
}

const told = (model: ModelKd): string => model.told.join('\n');

describe('with sizes asked for under PoolHitTag', () => {
  it('the kernel’s pool functions are listed while the target stands for its arming, and the filter says what they tell', () => {
    const model = session(FREES);
    model.run(20_000);
    expect(model.state.phase).toBe('collecting');
    const typed = model.typed;
    expect(typed.filter((line) => /uf nt!/.test(line))).toEqual([
      '.echo Functions of the pool:;uf nt!ExAllocatePoolWithTag',
    ]);
    expect(typed.findIndex((line) => /uf nt!/.test(line))).toBeLessThan(typed.findIndex((line) => /^ed /.test(line)));
    expect(model.filter).toContain('.if (@$ip==nt!ExAllocatePoolWithTag+0x14) {.printf "size=%p tag=%x ",@rbx,');
    expect(model.filter).toContain('bp /1 poi((@rsp+0x28)) "r rsp,rax;g"');
    expect(model.filter).toMatch(/;kb;g\}$/);
    expect(told(model)).toContain('code-read');
    expect(told(model)).not.toContain('less-detail');
  });

  it('nothing of that is left at the end: no tag, no breakpoint, no filter', () => {
    const model = session(FREES);
    model.filter = 'r eax';
    model.run(20_000);
    model.set.set('nt!ExAllocatePoolWithTag+0x30', 'r rsp,rax;g');
    model.run(120_000);
    expect(model.finished?.exitCode).toBe(0);
    expect([model.tag, model.set.size, model.filter, model.target]).toEqual([0, 0, 'r eax', 'running']);
  });

  it.each([
    ['once, however often the target is armed', '016530ec', 'arm'],
    ['again where another boot has put the kernel elsewhere', '026530ec', 'unassemble'],
  ])('they are listed %s', (_, low, purpose) => {
    const model = session(FREES);
    model.run(20_000);
    const state = { ...model.state, phase: 'arming', query: { ...model.state.query, open: true } } as const;
    const modules = ['nt', 'kdcom'].map((name) => `fffff880\`01084000 fffff880\`0108a000   ${name}   (deferred)`);
    const lines = [`fffff800\`${low}  00000000`, ...modules];
    const { effects } = step(
      state,
      { at: 30_000, type: 'answer', id: state.query.last, purpose: 'resolve', lines },
      FREES,
    );
    expect(effects.find((effect) => effect.do === 'ask')).toMatchObject({ purpose });
  });

  it('without listings stacks are collected all the same, and that is said', () => {
    const model = session(FREES, []);
    model.run(20_000);
    expect(model.state.phase).toBe('collecting');
    expect(model.filter).toMatch(/\{kb;g\}$/);
    expect(told(model)).toContain('so no sizes');
  });

  it('they are left out where the halt limit leaves no time for them', () => {
    const model = session({ ...FREES, listingMs: 30_000 });
    model.run(20_000);
    expect(model.typed.join()).not.toContain('uf nt!');
    expect(model.filter).toMatch(/\{kb;g\}$/);
    expect(told(model)).toContain('longer than the halt limit leaves');
  });
});

it('without sizes nothing is listed', () => {
  const { detail: _, ...plain } = FREES;
  const model = session(plain);
  model.run(20_000);
  expect(model.state.phase).toBe('collecting');
  expect(model.typed.join()).not.toMatch(/uf nt!|vertarget/);
});
