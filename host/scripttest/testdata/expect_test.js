// Each matcher holds, and says what is wrong where it does not.
const fails = (fn, message) => expect(fn).toThrow(message);

describe('matchers', () => {
  it.each([
    ['toBe', 1, [1], 2, 'expected 2 to be 1'],
    ['toEqual', { a: [1, undefined] }, [{ a: [1, undefined], b: undefined }], { a: [2] }, 'expected { a: [ 2 ] } to equal'],
    ['toStrictEqual', { a: 1 }, [{ a: 1 }], { a: 1, b: undefined }, 'strictly'],
    ['toMatchObject', { a: 1, b: { c: 2, d: 3 } }, [{ b: { c: 2 } }], { a: 1 }, 'to have what is in'],
    ['toBeTruthy', 1, [], 0, 'to be truthy'],
    ['toBeFalsy', '', [], 'x', 'to be falsy'],
    ['toBeNull', null, [], undefined, 'to be null'],
    ['toBeUndefined', undefined, [], null, 'to be undefined'],
    ['toBeDefined', null, [], undefined, 'to be defined'],
    ['toBeNaN', NaN, [], 1, 'to be NaN'],
    ['toBeGreaterThan', 2, [1], 1, 'to be greater than 1'],
    ['toBeGreaterThanOrEqual', 1, [1], 0, 'to be at least 1'],
    ['toBeLessThan', 0, [1], 1, 'to be less than 1'],
    ['toBeLessThanOrEqual', 1n, [1], 2, 'to be at most 1'],
    ['toBeCloseTo', 0.1 + 0.2, [0.3], 0.4, 'to be close to 0.3'],
    ['toContain', 'abc', ['b'], ['a'], "to contain 'b'"],
    ['toContainEqual', [{ a: 1 }], [{ a: 1 }], [{ a: 2 }], 'to contain what equals'],
    ['toHaveLength', [1, 2], [2], 'abc', 'to have the length 2, and it has 3'],
    ['toHaveProperty', { a: { b: [5] } }, ['a.b[0]', 5], { a: { b: [6] } }, 'and it has 6'],
    ['toMatch', 'abc', [/^a/g], 'bc', 'to match /^a/g'],
    ['toBeInstanceOf', new Map(), [Map], new Set(), 'to be a Map'],
    ['toBeTypeOf', 'x', ['string'], 1, "of the type 'number'"],
    ['toBeOneOf', 2, [[1, 2]], 3, 'to be one of [ 1, 2 ]'],
    ['toSatisfy', 2, [(n) => n % 2 === 0], 3, 'to satisfy'],
  ])('%s', (name, good, args, bad, message) => {
    expect(good)[name](...args);
    expect(bad).not[name](...args);
    fails(() => expect(bad)[name](...args), message);
    fails(() => expect(good).not[name](...args), 'not to');
  });
  it('toThrow', () => {
    const boom = () => { throw new RangeError('too far') };
    expect(boom).toThrow();
    expect(boom).toThrow('far');
    expect(boom).toThrow(/^too/);
    expect(boom).toThrow(RangeError);
    expect(boom).toThrowError(new Error('too far'));
    expect(() => {}).not.toThrow();
    fails(() => expect(boom).toThrow('near'), "expected it to throw 'near', and it threw RangeError: too far");
    fails(() => expect(() => 1).toThrow(), 'it threw nothing');
    fails(() => expect(1).toThrow(), 'must be a function');
  });
  it('resolves and rejects', async () => {
    await expect(Promise.resolve(3)).resolves.toBe(3);
    await expect(async () => { throw new Error('x') }).rejects.toThrow('x');
    await expect(Promise.resolve(3)).resolves.not.toBe(4);
    await expect(expect(Promise.resolve(3)).rejects.toBe(3)).rejects.toThrow('it was fulfilled with 3');
    await expect(expect(Promise.reject(3)).resolves.toBe(3)).rejects.toThrow('it was rejected with 3');
    await expect(expect(3).resolves.toBe(3)).rejects.toThrow('3 is no promise');
  });
  it('asymmetric', () => {
    expect({ id: 7, at: 'now', list: [1, 2, 3], text: 'abc' }).toEqual({
      id: expect.any(Number), at: expect.anything(), list: expect.arrayContaining([3, 1]), text: expect.stringMatching(/b/),
    });
    expect({ a: 1, b: 2 }).toEqual(expect.objectContaining({ a: 1 }));
    expect('abc').toEqual(expect.not.stringContaining('x'));
    expect([new Map([['a', { b: 1 }]]), new Set([1]), new Date(5), /x/g]).toEqual([new Map([['a', { b: 1 }]]), new Set([1]), new Date(5), /x/g]);
    expect(new Map([['a', 1]])).not.toEqual(new Map([['a', 2]]));
  });
  it('counts assertions', () => {
    expect.assertions(2);
    expect(1).toBe(1);
    expect(2, 'the second').toBe(2);
  });
  it('cannot be planned wrongly', () => { fails(() => expect(1, 'the first').toBe(2), 'the first: expected 1 to be 2'); });
});

describe('mocks', () => {
  it('vi.fn', async () => {
    const f = vi.fn((a, b) => a + b);
    expect(f(1, 2)).toBe(3);
    f.mockReturnValueOnce(9).mockResolvedValueOnce('later');
    expect(f()).toBe(9);
    await expect(f(3)).resolves.toBe('later');
    expect(f).toHaveBeenCalledTimes(3);
    expect(f).toHaveBeenNthCalledWith(1, 1, 2);
    expect(f).toHaveBeenLastCalledWith(3);
    expect(f).toHaveReturnedWith(9);
    fails(() => expect(f).toHaveBeenCalledWith(4), 'it was called with [ 1, 2 ], [], [ 3 ]');
    fails(() => expect(() => {}).toHaveBeenCalled(), 'is no mock');
    f.mockClear();
    expect(f).not.toHaveBeenCalled();
  });
  it('vi.spyOn', () => {
    const o = { twice: (n) => n * 2 };
    const spy = vi.spyOn(o, 'twice').mockReturnValue(0);
    expect(o.twice(4)).toBe(0);
    vi.restoreAllMocks();
    expect(o.twice(4)).toBe(8);
    expect(vi.isMockFunction(spy)).toBe(true);
    fails(() => vi.spyOn(o, 'thrice'), 'no function thrice');
  });
  it('vi.stubGlobal', () => {
    vi.stubGlobal('event', vi.fn());
    event('x');
    expect(event).toHaveBeenCalledWith('x');
    vi.unstubAllGlobals();
    expect(vi.isMockFunction(event)).toBe(false);
  });
});

describe('fake time', () => {
  beforeEach(() => { vi.useFakeTimers({ now: Date.UTC(2024, 1, 29) }); });
  afterEach(() => { vi.useRealTimers(); });

  it('passes when it is told to', () => {
    const f = vi.fn();
    const timer = setInterval(f, 1000);
    setTimeout(f, 500, 'once');
    vi.advanceTimersByTime(499);
    expect(f).not.toHaveBeenCalled();
    vi.advanceTimersByTime(2501);
    expect(f).toHaveBeenCalledTimes(4);
    expect(new Date().toISOString()).toBe('2024-02-29T00:00:03.000Z');
    clearInterval(timer);
    expect(vi.getTimerCount()).toBe(0);
  });
  it('lets promises go on', async () => {
    const steps = [];
    (async () => {
      for (let i = 0; i < 3; i++) {
        await new Promise((wake) => setTimeout(wake, 1000));
        steps.push(Date.now());
      }
    })();
    await vi.advanceTimersByTimeAsync(3000);
    expect(steps).toHaveLength(3);
  });
  it('runs all', () => {
    const f = vi.fn();
    setTimeout(() => setTimeout(f, 1e6), 1e6);
    vi.runAllTimers();
    expect(f).toHaveBeenCalledOnce();
    setInterval(() => {}, 1);
    fails(() => vi.runAllTimers(), 'is there an interval?');
  });
  it('is only there when it was asked for', () => {
    vi.useRealTimers();
    fails(() => vi.advanceTimersByTime(1), 'call vi.useFakeTimers() first');
  });
});

describe('order', () => {
  const seen = [];
  beforeAll(() => { seen.push('beforeAll'); });
  beforeEach(async () => { await null; seen.push('beforeEach'); });
  afterEach(() => { seen.push('afterEach'); });
  describe('inside', () => {
    beforeEach(() => { seen.push('inner beforeEach'); });
    afterEach(() => { seen.push('inner afterEach'); });
    it('first', () => { seen.push('first'); });
  });
  it('second', () => {
    expect(seen).toEqual(['beforeAll', 'beforeEach', 'inner beforeEach', 'first', 'inner afterEach', 'afterEach', 'beforeEach']);
    fails(() => it('inside', () => {}), 'cannot be called inside a test');
  });
});
