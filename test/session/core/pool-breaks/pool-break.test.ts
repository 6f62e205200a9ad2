import { describe, expect, it } from 'vitest';
import { breaksOf } from './listings.js';

/** As x64 kernels from Vista to 10 1809 have it: the break in the allocator, the search of the entry and the counting behind it. */
const ALLOCATOR = `
  push    rbx
  push    rsi
  push    rdi
  sub     rsp,0A0h
  mov     edi,ecx
  mov     r15d,r8d
  mov     rcx,rdx
  call    {KeAcquireLock}
  mov     rbx,rax
  movzx   ebp,byte ptr [rbx+2]
  mov     dword ptr [rbx+4],r15d
  btr     r15d,1Fh
  shl     rbp,4
  cmp     r15d,dword ptr [{PoolHitTag}]
  je      {cold}
  back:
  mov     eax,dword ptr [{PerfGlobalGroupMask}]
  test    al,41h
  jne     {traced}
  count:
  mov     eax,dword ptr gs:[1A4h]
  lea     r8,[{ExPoolTagTables}]
  mov     r8,qword ptr [r8+rax*8]
  mov     eax,r15d
  imul    rax,rax,9E5Fh
  search:
  and     rax,qword ptr [{PoolTrackTableMask}]
  lea     rax,[rax+rax*4]
  lea     r13,[rax*8]
  cmp     dword ptr [r8+r13],r15d
  lea     r14,[r8+r13]
  jne     {search}
  test    dil,1
  jne     {paged}
  lock inc dword ptr [r14+4]
  lock xadd qword ptr [r14+10h],rbp
  out:
  lea     rax,[rbx+10h]
  add     rsp,0A0h
  pop     rdi
  pop     rsi
  pop     rbx
  ret
  paged:
  lock inc dword ptr [r14+18h]
  lock xadd qword ptr [r14+20h],rbp
  jmp     {out}
  traced:
  mov     rcx,rbx
  call    {EtwTracePool}
  jmp     {count}
  cold:
  int     3
  jmp     {back}`;

/** As those free: the image's base is loaded before the break, and the bytes wait in a cell of the frame. */
const FREE = `
  mov     qword ptr [rsp+8],rcx
  push    rbp
  push    rbx
  push    rsi
  lea     rbp,[rsp-2Fh]
  sub     rsp,0A8h
  mov     r15,rcx
  movzx   r14d,byte ptr [r15-0Eh]
  lea     rbx,[r15-10h]
  lea     r8,[{ExPoolTagTables}]
  mov     edi,dword ptr [rbx+4]
  mov     edx,r14d
  btr     edi,1Fh
  shl     rdx,4
  cmp     edi,dword ptr [{PoolHitTag}]
  mov     qword ptr [rbp-39h],rdx
  je      {cold}
  back:
  mov     eax,dword ptr gs:[1A4h]
  mov     r10,qword ptr [r8+rax*8]
  mov     rdx,qword ptr [{PoolTrackTableMask}]
  lea     rdx,[r10+rdx*8]
  mov     rax,qword ptr [rbp-39h]
  neg     rax
  lock inc dword ptr [rdx+8]
  lock xadd qword ptr [rdx+10h],rax
  add     rsp,0A8h
  pop     rsi
  pop     rbx
  pop     rbp
  ret
  cold:
  int     3
  jmp     {back}`;

/** As x86 kernels up to Server 2003 have it: a function is called, and arguments are on the stack. */
const TRACKER = (count: string): string => `
  mov     edi,edi
  push    ebp
  mov     ebp,esp
  push    ecx
  push    esi
  mov     esi,dword ptr [ebp+8]
  and     esi,7FFFFFFFh
  cmp     esi,dword ptr [{PoolHitTag}]
  jne     {on}
  call    {DbgBreakPoint}
  on:
  mov     eax,dword ptr fs:[20h]
  mov     eax,dword ptr [eax+10h]
  mov     eax,dword ptr {ExPoolTagTables}[eax*4]
  imul    esi,esi,1Ch
  add     eax,esi
  lock inc dword ptr [eax+4]
  add     eax,0Ch
  mov     ecx,dword ptr [ebp+0Ch]
  ${count}
  pop     esi
  leave
  ret     0Ch`;

describe('breaks that are inlined (x64)', () => {
  it('tell the bytes, the tag, and where the stack ended when the allocator began', () => {
    const { breaks, wanted } = breaksOf('x64', { ExAllocatePoolWithTag: ALLOCATOR });
    expect(breaks).toEqual([
      {
        place: 'nt!ExAllocatePoolWithTag+0xb4',
        direction: 'allocation',
        lacks: [],
        here: '@$ip==nt!ExAllocatePoolWithTag+0xb4',
        bytes: '@rbp',
        tag: '(@r15&0x0`ffffffff)',
        blocks: [{ entry: '(@rsp+0xb8)' }],
      },
    ]);
    expect(wanted).toEqual([]);
  });

  it('tell what waits in a cell of the frame, and what was passed to be freed', () => {
    const { breaks } = breaksOf('x64', { ExFreePoolWithTag: FREE });
    // The frame's cell, from where the stack ends: rbp is 0x2f below the end before the frame, which is 0xa8 long.
    expect(breaks).toMatchObject([
      { direction: 'free', bytes: 'poi((@rsp+0x40))', blocks: [{ address: '@rcx' }], lacks: [] },
    ]);
  });

  it('tell nothing where no address is asked for but sizes', () => {
    const [one] = breaksOf('x64', { ExFreePoolWithTag: FREE }, false).breaks;
    expect(one).toMatchObject({ bytes: 'poi((@rsp+0x40))', blocks: [], lacks: [] });
  });
});

describe('breaks of functions that count for others', () => {
  const INSERT = `
    mov     qword ptr [rsp+8],rbx
    push    rdi
    sub     rsp,20h
    mov     rbx,rdx
    btr     ecx,1Fh
    cmp     dword ptr [{PoolHitTag}],ecx
    jne     {on}
    int     3
    on:
    call    {KeAcquireLock}
    mov     rax,qword ptr [{PoolTrackTable}]
    lock add qword ptr [rax+8],rbx
    mov     rbx,qword ptr [rsp+30h]
    add     rsp,20h
    pop     rdi
    ret`;
  const HEAP = `
    push    rsi
    sub     rsp,30h
    mov     rsi,rdx
    mov     ecx,r8d
    call    {ExInsertPoolTag}
    mov     rax,rsi
    add     rsp,30h
    pop     rsi
    ret`;

  it('lead to the allocator that has called, told from others by where it returns to', () => {
    const { breaks } = breaksOf('x64', { ExInsertPoolTag: INSERT, ExAllocateHeapPool: HEAP });
    const when = '(poi((@rsp+0x28))==nt!ExAllocateHeapPool+0x14)';
    expect(breaks).toMatchObject([
      { bytes: '@rbx', tag: '(@rcx&0x0`ffffffff)', blocks: [{ when, entry: '(@rsp+0x68)' }] },
    ]);
  });

  it('lead to what was freed: a register that the function between has kept on its stack', () => {
    const remove = INSERT.replace('lock add', 'lock sub');
    const free = `
      push    rdi
      sub     rsp,20h
      mov     rdi,rcx
      call    {ExRemovePoolTag}
      add     rsp,20h
      pop     rdi
      ret`;
    const { breaks } = breaksOf('x64', { ExRemovePoolTag: remove, ExFreeHeapPool: free });
    expect(breaks).toMatchObject([{ direction: 'free', bytes: '@rbx', blocks: [{ address: '@rdi' }] }]);
  });

  it('have no address where nobody is seen to call', () => {
    const [one] = breaksOf('x64', { ExInsertPoolTag: INSERT }).breaks;
    expect(one).toMatchObject({ bytes: '@rbx', blocks: [] });
    expect(one?.lacks).toEqual([
      'addresses at nt!ExInsertPoolTag+0x1c are not known: no function that returns them is seen to lead there',
    ]);
  });
});

describe('breaks that are called (x86)', () => {
  it('are told from others by the return address, and read arguments from the stack', () => {
    const free = `
      mov     edi,edi
      push    ebp
      mov     ebp,esp
      push    1
      push    40h
      push    dword ptr [ebp+0Ch]
      call    {ExpRemovePoolTracker}
      pop     ebp
      ret     8`;
    const tracker = TRACKER('neg     ecx\n  lock xadd dword ptr [eax],ecx');
    const { breaks } = breaksOf('x86', { ExpRemovePoolTracker: tracker, ExFreePoolWithTag: free });
    const place = 'nt!ExpRemovePoolTracker+0x28';
    expect(breaks).toEqual([
      {
        place,
        direction: 'free',
        lacks: [],
        tag: '(@esi&0x0`ffffffff)',
        here: `(@$ip==nt!DbgBreakPoint)&(poi(@$csp)==${place})`,
        // The return address of the break, esi, ecx, ebp, the tracker's own return address and its first argument.
        bytes: 'poi((@esp+0x18))',
        // Three arguments, ebp and a return address further.
        blocks: [{ when: '(poi((@esp+0x10))==nt!ExFreePoolWithTag+0x1c)', address: 'poi((@esp+0x28))' }],
      },
    ]);
  });

  it('count without a lock as well', () => {
    const [one] = breaksOf('x86', { ExpInsertPoolTracker: TRACKER('add     dword ptr [eax],ecx') }).breaks;
    expect(one).toMatchObject({ direction: 'allocation', bytes: 'poi((@esp+0x18))' });
  });
});

describe('what cannot be determined for certain is said', () => {
  const why = (code: string, name = 'ExAllocatePoolWithTag'): string => {
    const [one] = breaksOf('x64', { [name]: code }, false).breaks;
    expect(one).not.toHaveProperty('bytes');
    return one?.lacks.join() ?? '';
  };

  it.each([
    ['it differs from way to way', ALLOCATOR.replace('[r14+20h],rbp', '[r14+20h],rdi'), /differs from way to way/],
    [
      'a function that is called may have changed the register',
      ALLOCATOR.replaceAll('],rbp', '],r9'),
      /in no register then/,
    ],
    [
      'memory may have been written to before it is read',
      ALLOCATOR.replace('lock inc dword ptr [r14+4]', 'mov qword ptr [rsi],rax\n mov rbp,qword ptr [rbx+8]'),
      /differs from way to way/,
    ],
    ['the name says the contrary', ALLOCATOR.replaceAll('xadd', 'sub'), /counts down, which its name does not/],
    ['nothing is counted', ALLOCATOR.replaceAll(/lock xadd.*/g, 'nop'), /no listing shows where its bytes are counted/],
    [
      'what is counted belongs to no table of tags',
      ALLOCATOR.replace('[{ExPoolTagTables}]', '[{PerfGlobalGroupMask}]'),
      /no listing/,
    ],
    [
      'a way leads where there is no listing',
      ALLOCATOR.replace('jmp     {count}', 'jmp     rax'),
      /leads where there is no listing/,
    ],
    [
      'an instruction is not understood',
      ALLOCATOR.replace('lock inc dword ptr [r14+4]', 'cpuid').replace('lock inc dword ptr [r14+18h]', 'cpuid'),
      /no listing shows|in no register then/,
    ],
  ])('%s', (_, code, words) => {
    expect(why(code)).toMatch(words);
  });

  it('a cell of the frame whose address somebody has is nobody’s', () => {
    const given = FREE.replace('lea     r8,[', 'lea     rcx,[rbp-39h]\n call {KeAcquireLock}\n lea     r8,[').replace(
      'back:',
      'back:\n call    {EtwTracePool}',
    );
    expect(why(given, 'ExFreePoolWithTag')).toMatch(/in no register then|no listing shows/);
  });

  it('a name that would not tell a reader of the log what becomes of the memory', () => {
    const cold = ALLOCATOR.replace('cold:', "~nt! ?? ::FNODOBFM::`string':\n cold:");
    expect(why(cold)).toMatch(/FNODOBFM.*does not tell what becomes of the memory/);
  });

  it('a comparison with something else is no break of PoolHitTag', () => {
    const other = ALLOCATOR.replace('{PoolHitTag}', '{PerfGlobalGroupMask}');
    expect(breaksOf('x64', { ExAllocatePoolWithTag: other }).breaks).toEqual([]);
  });

  it('what is counted by a function that is not listed: its listing is wanted', () => {
    const outside = ALLOCATOR.replaceAll(/lock xadd.*/g, 'call {ExpCountPool}');
    const { wanted } = breaksOf('x64', { ExAllocatePoolWithTag: outside });
    expect(wanted).toEqual(['nt!ExpCountPool']);
  });

  it('a loop that changes what is counted', () => {
    const loop = ALLOCATOR.replace('lea     r13,[rax*8]', 'lea     r13,[rax*8]\n add rbp,10h');
    expect(why(loop)).toMatch(/in no register then/);
  });
});

describe('functions that call one another again and again', () => {
  const names = ['ExAllocateHeapPool', 'ExInsertPoolTag', 'ExFreeHeapPool', 'ExRemovePoolTag', 'ExpInsertPoolTracker'];
  /** Each call is another way into every function, with something else in its registers. */
  const body = (name: string): string => {
    const calls = names
      .filter((each) => each !== name)
      .flatMap((each) => [`call {${each}}`, 'mov rbx,rsi', 'mov rsi,r12']);
    const rounds = Array.from({ length: 12 }, () => calls.join('\n  ')).join('\n  ');
    return `
  push    rbx
  cmp     ebx,dword ptr [{PoolHitTag}]
  jne     {on}
  int     3
  on:
  ${rounds}
  pop     rbx
  ret`;
  };

  // Without a bound this takes hours, with the target halted and nobody at the session's timers.
  it('are given up, and said not to be known', () => {
    const { breaks } = breaksOf('x64', Object.fromEntries(names.map((name) => [name, body(name)])));
    expect(breaks).toHaveLength(names.length);
    for (const { bytes, lacks } of breaks) {
      expect(bytes).toBeUndefined();
      expect(lacks.join()).toMatch(/are not known/);
    }
  });
});
