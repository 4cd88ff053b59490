package types

// What tests of workers find (docs/TESTING.md); no worker that serves has it, so
// that it is not in the registry.

const testTypeScript = `
// What tests find, which 'runner test' runs.

type TestFunction = () => void | Promise<void>;
type TestEach = (rows: readonly any[]) => (name: string, fn: (...row: any[]) => void | Promise<void>, timeout?: number) => void;

interface TestDefiner {
  (name: string, fn?: TestFunction, timeout?: number): void;
  skip: TestDefiner;
  only: TestDefiner;
  todo(name: string, fn?: TestFunction): void;
  each: TestEach;
  skipIf(condition: any): TestDefiner;
  runIf(condition: any): TestDefiner;
}

declare const describe: TestDefiner;
declare const suite: TestDefiner;
declare const it: TestDefiner;
declare const test: TestDefiner;
declare function beforeAll(fn: TestFunction): void;
declare function afterAll(fn: TestFunction): void;
declare function beforeEach(fn: TestFunction): void;
declare function afterEach(fn: TestFunction): void;

interface Matchers<R> {
  not: Matchers<R>;
  toBe(expected: any): R;
  toEqual(expected: any): R;
  toStrictEqual(expected: any): R;
  toMatchObject(expected: any): R;
  toBeTruthy(): R;
  toBeFalsy(): R;
  toBeNull(): R;
  toBeUndefined(): R;
  toBeDefined(): R;
  toBeNullable(): R;
  toBeNaN(): R;
  toBeGreaterThan(than: number | bigint): R;
  toBeGreaterThanOrEqual(than: number | bigint): R;
  toBeLessThan(than: number | bigint): R;
  toBeLessThanOrEqual(than: number | bigint): R;
  toBeCloseTo(expected: number, digits?: number): R;
  toContain(item: any): R;
  toContainEqual(item: any): R;
  toHaveLength(length: number): R;
  toHaveProperty(path: string | readonly (string | number)[], value?: any): R;
  toMatch(pattern: string | RegExp): R;
  toThrow(expected?: string | RegExp | Error | object | (abstract new (...args: any[]) => any)): R;
  toThrowError(expected?: string | RegExp | Error | object | (abstract new (...args: any[]) => any)): R;
  toBeInstanceOf(type: abstract new (...args: any[]) => any): R;
  toBeTypeOf(type: string): R;
  toBeOneOf(values: Iterable<any>): R;
  toSatisfy(test: (value: any) => any): R;
  toHaveBeenCalled(): R;
  toHaveBeenCalledOnce(): R;
  toHaveBeenCalledTimes(times: number): R;
  toHaveBeenCalledWith(...args: any[]): R;
  toHaveBeenLastCalledWith(...args: any[]): R;
  toHaveBeenNthCalledWith(n: number, ...args: any[]): R;
  toHaveReturned(): R;
  toHaveReturnedTimes(times: number): R;
  toHaveReturnedWith(value: any): R;
}

interface Expect {
  (value: any, message?: string): Matchers<void> & { resolves: Matchers<Promise<void>>; rejects: Matchers<Promise<void>> };
  any(type: any): any;
  anything(): any;
  objectContaining(properties: object): any;
  arrayContaining(items: readonly any[]): any;
  stringContaining(text: string): any;
  stringMatching(pattern: string | RegExp): any;
  closeTo(value: number, digits?: number): any;
  not: {
    objectContaining(properties: object): any;
    arrayContaining(items: readonly any[]): any;
    stringContaining(text: string): any;
    stringMatching(pattern: string | RegExp): any;
  };
  assertions(n: number): void;
  hasAssertions(): void;
  fail(message?: string): never;
  unreachable(message?: string): never;
}
declare const expect: Expect;

interface Mock<F extends (...args: any[]) => any = (...args: any[]) => any> {
  (...args: Parameters<F>): ReturnType<F>;
  readonly mock: {
    readonly calls: Parameters<F>[];
    readonly results: { type: 'return' | 'throw'; value: any }[];
    readonly instances: any[];
    readonly lastCall: Parameters<F> | undefined;
  };
  mockImplementation(fn: F): this;
  mockImplementationOnce(fn: F): this;
  mockReturnValue(value: any): this;
  mockReturnValueOnce(value: any): this;
  mockResolvedValue(value: any): this;
  mockResolvedValueOnce(value: any): this;
  mockRejectedValue(error: any): this;
  mockRejectedValueOnce(error: any): this;
  mockReturnThis(): this;
  mockClear(): this;
  mockReset(): this;
  mockRestore(): this;
  mockName(name: string): this;
  getMockImplementation(): F | undefined;
}

interface Vi {
  fn<F extends (...args: any[]) => any>(implementation?: F): Mock<F>;
  spyOn<T extends object, K extends keyof T>(object: T, name: K): Mock<T[K] extends (...args: any[]) => any ? T[K] : never>;
  isMockFunction(value: any): value is Mock;
  mocked<T>(value: T): T;
  clearAllMocks(): this;
  resetAllMocks(): this;
  restoreAllMocks(): this;
  stubGlobal(name: string, value: any): this;
  unstubAllGlobals(): this;
  useFakeTimers(options?: { now?: number | string | Date }): this;
  useRealTimers(): this;
  isFakeTimers(): boolean;
  setSystemTime(time: number | string | Date): this;
  getMockedSystemTime(): Date | null;
  getRealSystemTime(): number;
  getTimerCount(): number;
  clearAllTimers(): this;
  advanceTimersByTime(ms: number): this;
  advanceTimersByTimeAsync(ms: number): Promise<Vi>;
  advanceTimersToNextTimer(): this;
  runAllTimers(): this;
  runAllTimersAsync(): Promise<Vi>;
  runOnlyPendingTimers(): this;
}
declare const vi: Vi;

declare module 'runner:test' {
  export interface LoadOptions {
    async?: boolean;
    function?: string;
    init?: string;
    initArgs?: any[];
    serialiser?: 'string' | 'json' | 'cbor' | 'msgpack';
    json?: boolean;
    /** Functions in the place of those of the program, in objects for dotted names. */
    host?: object;
    /** Has the clock stand still, but for advance. */
    fakeTime?: boolean;
    clock?: number | string | Date;
    seed?: number;
    /** For each call, in milliseconds. */
    timeout?: number;
  }
  export interface TestCall {
    function: string;
    args: any[];
    results?: any[];
    error?: WorkerError;
  }
  export interface WorkerError extends Error {
    kind: string;
    value?: any;
    outcome?: string;
  }
  /** A worker under test, in a process of its own. */
  export interface TestWorker {
    /** Calls run, and returns the list of the results. */
    call(...args: any[]): Promise<any[]>;
    callFunction(name: string, ...args: any[]): Promise<any[]>;
    /** Lets the fake time go on. */
    advance(ms: number): Promise<void>;
    /** Lets it finish its calls. */
    close(): Promise<void>;
    kill(): Promise<void>;
    readonly script: string;
    readonly functions: string[];
    readonly events: any[][];
    readonly calls: TestCall[];
    readonly hostCalls: any[][];
    readonly logs: { level: string; message: string; fields?: object }[];
  }
  /** Starts the worker of a file, whose name is one from the folder of the test. */
  export function load(file: string, options?: LoadOptions): Promise<TestWorker>;
  export const describe: TestDefiner;
  export const suite: TestDefiner;
  export const it: TestDefiner;
  export const test: TestDefiner;
  export const expect: Expect;
  export const vi: Vi;
  export const beforeAll: typeof globalThis.beforeAll;
  export const afterAll: typeof globalThis.afterAll;
  export const beforeEach: typeof globalThis.beforeEach;
  export const afterEach: typeof globalThis.afterEach;
}
`

const testLuaCATS = `
-- What tests find, which 'runner test' runs. The global assert keeps the type that it has
-- in Lua: local assert = require("runner.test").assert has that of tests.

---@param name string
---@param fn fun()
function describe(name, fn) end
---@param name string
---@param fn fun()
function context(name, fn) end
---@param name string
---@param fn fun()
function insulate(name, fn) end
---@param name string
---@param fn? fun()
function it(name, fn) end
---@param name string
---@param fn? fun()
function spec(name, fn) end
---@param name string
---@param fn? fun()
function test(name, fn) end
---@param name? string
function pending(name) end
---@param fn fun()
function setup(fn) end
---@param fn fun()
function teardown(fn) end
---@param fn fun()
function lazy_setup(fn) end
---@param fn fun()
function lazy_teardown(fn) end
---@param fn fun()
function strict_setup(fn) end
---@param fn fun()
function strict_teardown(fn) end
---@param fn fun()
function before_each(fn) end
---@param fn fun()
function after_each(fn) end
---@param fn fun()
function finally(fn) end

---@class Spy
---@field calls any[][]
---@overload fun(...: any): any
local Spy = {}
function Spy:clear() end

spy = {}
---@param fn? function
---@return Spy
function spy.new(fn) end
---@param object table
---@param name string
---@return Spy
function spy.on(object, name) end
---@param object table
---@param name string
---@param ... any
---@return Spy
function stub(object, name, ...) end

---What assert has in tests. Each assertion can be called; the words between change nothing,
---but for "not" and "no"; words may be joined with _, as in assert.is_not_nil(x).
---@class Assertions
---@overload fun(v: any, message?: any, ...: any): any
---@field is Assertions
---@field are Assertions
---@field has Assertions
---@field have Assertions
---@field was Assertions
---@field were Assertions
---@field be Assertions
---@field does Assertions
---@field a Assertions
---@field an Assertions
---@field the Assertions
---@field to Assertions
---@field ["not"] Assertions
---@field no Assertions
---@field equal fun(expected: any, actual: any)
---@field equals fun(expected: any, actual: any)
---@field same fun(expected: any, actual: any)
---@field ["true"] fun(value: any)
---@field ["false"] fun(value: any)
---@field ["nil"] fun(value: any)
---@field truthy fun(value: any)
---@field falsy fun(value: any)
---@field boolean fun(value: any)
---@field number fun(value: any)
---@field string fun(value: any)
---@field table fun(value: any)
---@field ["function"] fun(value: any)
---@field userdata fun(value: any)
---@field thread fun(value: any)
---@field near fun(expected: number, actual: number, tolerance: number)
---@field matches fun(pattern: string, actual: string, init?: integer, plain?: boolean)
---@field match fun(pattern: string, actual: string, init?: integer, plain?: boolean)
---@field error fun(fn: function, expected?: any)
---@field errors fun(fn: function, expected?: any)
---@field error_matches fun(fn: function, pattern: string, init?: integer, plain?: boolean)
---@field error_match fun(fn: function, pattern: string, init?: integer, plain?: boolean)
---@field spy fun(spy: Spy): Assertions
---@field stub fun(spy: Spy): Assertions
---@field called fun(times?: integer) # of a spy
---@field called_with fun(...: any) # of a spy
---@field called_at_least fun(times: integer) # of a spy
local Assertions = {}

---A call of a worker under test.
---@class TestCall
---@field worker TestWorker
---@field done boolean whether it has been waited for
---@field function string
---@field args any[]
---@field results? any[]
---@field error? any
local TestCall = {}
---@return any ...
function TestCall:wait() end

---A worker under test, in a process of its own.
---@class TestWorker
---@field script string
---@field functions string[]
---@field events any[][]
---@field calls TestCall[]
---@field host_calls any[][]
---@field logs { level: string, message: string, fields?: table }[]
local TestWorker = {}
---@param ... any
---@return any ...
function TestWorker:call(...) end
---@param name string
---@param ... any
---@return any ...
function TestWorker:call_function(name, ...) end
---@param ... any
---@return TestCall
function TestWorker:start(...) end
---@param name string
---@param ... any
---@return TestCall
function TestWorker:start_function(name, ...) end
---@param seconds number
function TestWorker:advance(seconds) end
function TestWorker:close() end
function TestWorker:kill() end

---What require "runner.test" returns: what there is as globals, and more.
---@class RunnerTest
---@field describe fun(name: string, fn: fun())
---@field context fun(name: string, fn: fun())
---@field insulate fun(name: string, fn: fun())
---@field it fun(name: string, fn?: fun())
---@field spec fun(name: string, fn?: fun())
---@field test fun(name: string, fn?: fun())
---@field pending fun(name?: string)
---@field setup fun(fn: fun())
---@field teardown fun(fn: fun())
---@field lazy_setup fun(fn: fun())
---@field lazy_teardown fun(fn: fun())
---@field strict_setup fun(fn: fun())
---@field strict_teardown fun(fn: fun())
---@field before_each fun(fn: fun())
---@field after_each fun(fn: fun())
---@field finally fun(fn: fun())
---@field spy table
---@field stub fun(object: table, name: string, ...: any): Spy
---@field assert Assertions
---@field skip { it: fun(name: string, fn?: fun()), describe: fun(name: string, fn: fun()) }
---@field only { it: fun(name: string, fn: fun()), describe: fun(name: string, fn: fun()) }
local RunnerTest = {}
---@param file string
---@param options? { async?: boolean, ["function"]?: string, init?: string, init_args?: any[], serialiser?: string, json?: boolean, host?: table, fake_time?: boolean, clock?: number|string, seed?: integer, timeout?: number }
---@return TestWorker
function RunnerTest.load(file, options) end
---@param start? number
function RunnerTest.fake_time(start) end
function RunnerTest.real_time() end
---@param seconds number
function RunnerTest.advance(seconds) end
`
