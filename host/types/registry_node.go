package types

// What JavaScript has of Node's modules.

// module is a module of which text defines all that is in it.
func module(name, doc, text string) Binding { return Binding{Name: name + ":", Doc: doc, Text: text} }

// again is a module that is there under another name.
func again(name, of string) Binding {
	return module(name, "The same as `"+of+"`.", "  import it = require('"+of+"');\n  export = it;\n")
}

func nodeModules() Need {
	return Need{
		What: "more of Node's modules", Tests: []string{"js TestPathModule", "js TestUtilModule", "js TestAssertModule"},
		JS: []Binding{
			module("path", "Paths, with slashes.", `  export interface ParsedPath {
    root: string;
    dir: string;
    base: string;
    ext: string;
    name: string;
  }
  export function basename(path: string, suffix?: string): string;
  export function dirname(path: string): string;
  export function extname(path: string): string;
  export function format(parts: Partial<ParsedPath>): string;
  export function isAbsolute(path: string): boolean;
  export function join(...paths: string[]): string;
  export function normalize(path: string): string;
  export function parse(path: string): ParsedPath;
  /** Paths that are not absolute begin at the caller's folder. */
  export function relative(from: string, to: string): string;
  export function resolve(...paths: string[]): string;
  export function toNamespacedPath(path: string): string;
  export const sep: '/';
  export const delimiter: ':';
  export const posix: typeof import('path');
`),
			again("path/posix", "path"),
			module("util", "Small helpers.", utilText),
			module("util/types", "What `util.types` has.", "  import { types } from 'util';\n  export = types;\n"),
			module("assert", "Throws where something is not as it should be.", assertText),
			module("assert/strict", "What `assert.strict` has: `equal` and the like compare as `strictEqual` does.", "  import { strict } from 'assert';\n  export = strict;\n"),
		},
	}
}

const utilText = `  export function inspect(value: any, options?: { depth?: number | null } | boolean, depth?: number | null): string;
  export namespace inspect {
    const custom: unique symbol;
    const defaultOptions: { depth: number };
  }
  export function format(...values: any[]): string;
  export function promisify<A extends any[], R>(original: (...args: [...A, (error: any, value: R) => void]) => any): (...args: A) => Promise<R>;
  export function promisify(original: Function): (...args: any[]) => Promise<any>;
  export namespace promisify {
    const custom: unique symbol;
  }
  export function callbackify(original: (...args: any[]) => PromiseLike<any>): (...args: any[]) => void;
  export function inherits(constructor: Function, superior: Function): void;
  export function deprecate<F extends Function>(fn: F, message: string, code?: string): F;
  /** What it returns says nothing. */
  export function debuglog(section: string): ((...values: any[]) => void) & { readonly enabled: false };
  export function isDeepStrictEqual(a: any, b: any): boolean;
  export function isArray(value: any): value is any[];
  export function stripVTControlCharacters(text: string): string;
  export function toUSVString(text: string): string;
  import TextEncoder_ = globalThis.TextEncoder;
  import TextDecoder_ = globalThis.TextDecoder;
  export { TextEncoder_ as TextEncoder, TextDecoder_ as TextDecoder };
  export const types: {
    isAnyArrayBuffer(value: any): value is ArrayBuffer;
    isArrayBuffer(value: any): value is ArrayBuffer;
    isBigInt64Array(value: any): value is BigInt64Array;
    isBigUint64Array(value: any): value is BigUint64Array;
    isBooleanObject(value: any): value is Boolean;
    isBoxedPrimitive(value: any): value is Number | String | Boolean | BigInt | Symbol;
    isDataView(value: any): value is DataView;
    isDate(value: any): value is Date;
    isFloat32Array(value: any): value is Float32Array;
    isFloat64Array(value: any): value is Float64Array;
    isInt16Array(value: any): value is Int16Array;
    isInt32Array(value: any): value is Int32Array;
    isInt8Array(value: any): value is Int8Array;
    isMap(value: any): value is Map<any, any>;
    isNativeError(value: any): value is Error;
    isNumberObject(value: any): value is Number;
    isPromise(value: any): value is Promise<any>;
    isProxy(value: any): boolean;
    isRegExp(value: any): value is RegExp;
    isSet(value: any): value is Set<any>;
    isStringObject(value: any): value is String;
    isTypedArray(value: any): value is ArrayBufferView;
    isUint16Array(value: any): value is Uint16Array;
    isUint32Array(value: any): value is Uint32Array;
    isUint8Array(value: any): value is Uint8Array;
    isUint8ClampedArray(value: any): value is Uint8ClampedArray;
    isWeakMap(value: any): value is WeakMap<any, any>;
    isWeakSet(value: any): value is WeakSet<any>;
  };
`

const assertText = `  function assert(value: any, message?: string | Error): asserts value;
  namespace assert {
    class AssertionError extends Error {
      constructor(options: { message?: string; actual?: any; expected?: any; operator?: string });
      readonly code: 'ERR_ASSERTION';
      readonly generatedMessage: boolean;
      actual: any;
      expected: any;
      operator: string;
    }
    /** What an error has to be: of a class, as a pattern, with some properties, or what a function says true of. */
    type Expected = RegExp | (new (...args: any[]) => any) | ((error: any) => boolean) | object;
    function ok(value: any, message?: string | Error): asserts value;
    function fail(message?: string | Error): never;
    function equal(actual: any, expected: any, message?: string | Error): void;
    function notEqual(actual: any, expected: any, message?: string | Error): void;
    function strictEqual<T>(actual: any, expected: T, message?: string | Error): asserts actual is T;
    function notStrictEqual(actual: any, expected: any, message?: string | Error): void;
    function deepEqual(actual: any, expected: any, message?: string | Error): void;
    function notDeepEqual(actual: any, expected: any, message?: string | Error): void;
    function deepStrictEqual<T>(actual: any, expected: T, message?: string | Error): asserts actual is T;
    function notDeepStrictEqual(actual: any, expected: any, message?: string | Error): void;
    function throws(fn: () => any, expected?: Expected | string, message?: string | Error): void;
    function doesNotThrow(fn: () => any, expected?: Expected | string, message?: string): void;
    function rejects(promise: PromiseLike<any> | (() => PromiseLike<any>), expected?: Expected | string, message?: string | Error): Promise<void>;
    function doesNotReject(promise: PromiseLike<any> | (() => PromiseLike<any>), expected?: Expected | string, message?: string): Promise<void>;
    function match(text: string, pattern: RegExp, message?: string | Error): void;
    function doesNotMatch(text: string, pattern: RegExp, message?: string | Error): void;
    function ifError(value: any): asserts value is null | undefined;
    const strict: typeof assert;
  }
  export = assert;
`
