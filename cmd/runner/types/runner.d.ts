// What workers have; written by a program. Changes are lost.
/** Several results of a call, to be returned: `return results(a, b)`. */
declare function results(...values: any[]): Results;
/** What results returns. */
interface Results {
  readonly length: number;
  readonly [index: number]: any;
}
/** Answers a call in the async mode: `done(a, b)`. It is the function's first argument. */
interface Done {
  (...results: any[]): void;
  /** Fails the call. */
  fail(error: any): void;
  /** Sends an event of the call. */
  event(...values: any[]): void;
  /** Whether the call was cancelled. */
  cancelled(): boolean;
  /** Fires when the call is cancelled. */
  readonly signal: AbortSignal;
}
/** Sends an event: of the call that runs in the sync mode, of no call in the async one. */
declare function event(...values: any[]): void;
/** The functions that the program registered which runs the worker. */
declare const host: { readonly [name: string]: any };
/** Calls a function once, after that many milliseconds (at least 1). */
declare function setTimeout(callback: (...args: any[]) => any, ms?: number, ...args: any[]): number;
/** Calls a function again and again. */
declare function setInterval(callback: (...args: any[]) => any, ms?: number, ...args: any[]): number;
/** Calls a function as soon as the code that runs has returned. */
declare function setImmediate(callback: (...args: any[]) => any, ...args: any[]): number;
/** Ends a timer. It may have fired. */
declare function clearTimeout(timer?: number | null): void;
/** Ends a timer. */
declare function clearInterval(timer?: number | null): void;
/** Ends a timer. */
declare function clearImmediate(timer?: number | null): void;
/** Calls a function when the code that runs has returned, before anything else. */
declare function queueMicrotask(callback: () => any): void;
/** Makes a signal, and has it fire. */
declare class AbortController {
  readonly signal: AbortSignal;
  abort(reason?: any): void;
}
/** Tells that something is to be given up: a call (`done.signal`), or what a script makes signals for. */
declare class AbortSignal extends EventTarget {
  private constructor();
  static abort(reason?: any): AbortSignal;
  static timeout(ms: number): AbortSignal;
  static any(signals: Iterable<AbortSignal>): AbortSignal;
  readonly aborted: boolean;
  readonly reason: any;
  onabort: ((this: AbortSignal, event: Event) => any) | null;
  throwIfAborted(): void;
}
/** What a file of the script's, a package or a module of that name exports. */
interface Require {
  (module: string): any;
  /** The file of a module; of one that is built in its name. */
  resolve(module: string): string;
  /** The modules that were loaded, by their files. */
  readonly cache: { [file: string]: Module };
  /** That of the script. */
  readonly main: Module;
}
declare const require: Require;
/** `module.exports` is what the file exports. */
interface Module {
  exports: any;
  readonly id: string;
  readonly filename: string;
  readonly path: string;
}
declare const module: Module;
/** `module.exports`, as it is at first. */
declare const exports: any;
/** The name of the file. */
declare const __filename: string;
/** The folder that it is in. */
declare const __dirname: string;
/** The same as `globalThis`. */
declare const global: typeof globalThis;
/** What is known of a file. */
interface Stats extends FileType {
  readonly dev: number;
  readonly ino: number;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  readonly size: number;
  readonly blksize: number;
  readonly blocks: number;
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly birthtimeMs: number;
  readonly atime: Date;
  readonly mtime: Date;
  readonly ctime: Date;
  readonly birthtime: Date;
}
interface Dirent extends FileType {
  readonly name: string;
  readonly parentPath: string;
}
type WriteOptions = BufferEncoding | { encoding?: BufferEncoding; flag?: string; mode?: number | string } | null;
interface FileType {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
  isCharacterDevice(): boolean;
  isBlockDevice(): boolean;
}
/** A file that the caller has passed. */
interface PassedFile {
  /** 1 to size octets, as many as there are now; none at the end. */
  read(size?: number): Promise<Uint8Array>;
  /** Writes all of it, and returns the number of octets. */
  write(data: string | Uint8Array | ArrayBuffer): Promise<number>;
  close(): Promise<void>;
}
/** Makes a request. */
declare function fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
/** The headers of a request or a response. */
declare class Headers {
  constructor(init?: HeadersInit);
  append(name: string, value: string): void;
  delete(name: string): void;
  get(name: string): string | null;
  getSetCookie(): string[];
  has(name: string): boolean;
  set(name: string, value: string): void;
  forEach(callback: (value: string, name: string, headers: Headers) => void, self?: any): void;
  entries(): IterableIterator<[string, string]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<string>;
  [Symbol.iterator](): IterableIterator<[string, string]>;
}
type HeadersInit = Headers | Iterable<[string, string]> | Record<string, string>;
/** A request that can be made. */
declare class Request {
  constructor(input: string | URL | Request, init?: RequestInit);
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly redirect: 'follow' | 'error' | 'manual';
  readonly signal: AbortSignal;
  clone(): Request;
}
interface Request extends Body {}
interface RequestInit {
  method?: string;
  headers?: HeadersInit;
  body?: BodyInit | null;
  redirect?: 'follow' | 'error' | 'manual';
  signal?: AbortSignal | null;
  /** This and what follows mean nothing here. */
  cache?: string;
  credentials?: string;
  duplex?: string;
  keepalive?: boolean;
  mode?: string;
  referrer?: string;
  referrerPolicy?: string;
}
type BodyInit = string | ArrayBuffer | ArrayBufferView | URLSearchParams | ReadableBody;
interface Body {
  readonly body: ReadableBody | null;
  readonly bodyUsed: boolean;
  text(): Promise<string>;
  json(): Promise<any>;
  bytes(): Promise<Uint8Array>;
  arrayBuffer(): Promise<ArrayBuffer>;
}
interface ReadableBody {
  readonly locked: boolean;
  getReader(): BodyReader;
  cancel(): Promise<void>;
  tee(): [ReadableBody, ReadableBody];
  [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array>;
}
interface BodyReader {
  read(): Promise<{ done: false; value: Uint8Array } | { done: true; value: undefined }>;
  cancel(): Promise<void>;
  releaseLock(): void;
}
/** What came of a request. */
declare class Response {
  constructor(body?: BodyInit | null, init?: ResponseInit);
  static json(value: any, init?: ResponseInit): Response;
  readonly status: number;
  readonly statusText: string;
  readonly ok: boolean;
  readonly headers: Headers;
  readonly url: string;
  readonly redirected: boolean;
  readonly type: 'basic' | 'default';
  clone(): Response;
}
interface Response extends Body {}
interface ResponseInit {
  status?: number;
  statusText?: string;
  headers?: HeadersInit;
}
/** Milliseconds since the worker was started, with fractions. */
declare const performance: {
  now(): number;
  /** When that was, in milliseconds since 1970. */
  readonly timeOrigin: number;
  toJSON(): { timeOrigin: number };
};
/** Octets, with the methods of Node's. */
interface Buffer extends Uint8Array {
  compare(other: Uint8Array, otherStart?: number, otherEnd?: number, start?: number, end?: number): -1 | 0 | 1;
  copy(target: Uint8Array, targetStart?: number, start?: number, end?: number): number;
  equals(other: Uint8Array): boolean;
  fill(value: string | number | ArrayBufferView, offset?: number, end?: number, encoding?: BufferEncoding): this;
  fill(value: string, encoding: BufferEncoding): this;
  fill(value: string, offset: number, encoding: BufferEncoding): this;
  includes(value: string | number | Uint8Array, from?: number | BufferEncoding, encoding?: BufferEncoding): boolean;
  indexOf(value: string | number | Uint8Array, from?: number | BufferEncoding, encoding?: BufferEncoding): number;
  lastIndexOf(value: string | number | Uint8Array, from?: number | BufferEncoding, encoding?: BufferEncoding): number;
  subarray(start?: number, end?: number): Buffer;
  /** Unlike that of a Uint8Array it shares its memory. */
  slice(start?: number, end?: number): Buffer & ReturnType<Uint8Array['slice']>;
  swap16(): this;
  swap32(): this;
  swap64(): this;
  toJSON(): { type: 'Buffer'; data: number[] };
  toString(encoding?: BufferEncoding, start?: number, end?: number): string;
  write(text: string, encoding?: BufferEncoding): number;
  write(text: string, offset: number, encoding?: BufferEncoding): number;
  write(text: string, offset: number, length: number, encoding?: BufferEncoding): number;
  readonly parent: ArrayBuffer;
  readonly offset: number;
  readUInt8(offset?: number): number;
  writeUInt8(value: number, offset?: number): number;
  readUint8(offset?: number): number;
  writeUint8(value: number, offset?: number): number;
  readInt8(offset?: number): number;
  writeInt8(value: number, offset?: number): number;
  readUInt16LE(offset?: number): number;
  writeUInt16LE(value: number, offset?: number): number;
  readUint16LE(offset?: number): number;
  writeUint16LE(value: number, offset?: number): number;
  readInt16LE(offset?: number): number;
  writeInt16LE(value: number, offset?: number): number;
  readUInt32LE(offset?: number): number;
  writeUInt32LE(value: number, offset?: number): number;
  readUint32LE(offset?: number): number;
  writeUint32LE(value: number, offset?: number): number;
  readInt32LE(offset?: number): number;
  writeInt32LE(value: number, offset?: number): number;
  readUIntLE(offset: number, byteLength: number): number;
  writeUIntLE(value: number, offset: number, byteLength: number): number;
  readUintLE(offset: number, byteLength: number): number;
  writeUintLE(value: number, offset: number, byteLength: number): number;
  readIntLE(offset: number, byteLength: number): number;
  writeIntLE(value: number, offset: number, byteLength: number): number;
  readBigUInt64LE(offset?: number): bigint;
  writeBigUInt64LE(value: bigint, offset?: number): number;
  readBigUint64LE(offset?: number): bigint;
  writeBigUint64LE(value: bigint, offset?: number): number;
  readBigInt64LE(offset?: number): bigint;
  writeBigInt64LE(value: bigint, offset?: number): number;
  readFloatLE(offset?: number): number;
  writeFloatLE(value: number, offset?: number): number;
  readDoubleLE(offset?: number): number;
  writeDoubleLE(value: number, offset?: number): number;
  readUInt16BE(offset?: number): number;
  writeUInt16BE(value: number, offset?: number): number;
  readUint16BE(offset?: number): number;
  writeUint16BE(value: number, offset?: number): number;
  readInt16BE(offset?: number): number;
  writeInt16BE(value: number, offset?: number): number;
  readUInt32BE(offset?: number): number;
  writeUInt32BE(value: number, offset?: number): number;
  readUint32BE(offset?: number): number;
  writeUint32BE(value: number, offset?: number): number;
  readInt32BE(offset?: number): number;
  writeInt32BE(value: number, offset?: number): number;
  readUIntBE(offset: number, byteLength: number): number;
  writeUIntBE(value: number, offset: number, byteLength: number): number;
  readUintBE(offset: number, byteLength: number): number;
  writeUintBE(value: number, offset: number, byteLength: number): number;
  readIntBE(offset: number, byteLength: number): number;
  writeIntBE(value: number, offset: number, byteLength: number): number;
  readBigUInt64BE(offset?: number): bigint;
  writeBigUInt64BE(value: bigint, offset?: number): number;
  readBigUint64BE(offset?: number): bigint;
  writeBigUint64BE(value: bigint, offset?: number): number;
  readBigInt64BE(offset?: number): bigint;
  writeBigInt64BE(value: bigint, offset?: number): number;
  readFloatBE(offset?: number): number;
  writeFloatBE(value: number, offset?: number): number;
  readDoubleBE(offset?: number): number;
  writeDoubleBE(value: number, offset?: number): number;
}
declare const Buffer: {
  readonly prototype: Buffer;
  /** @deprecated Use from or alloc. */
  new (value: any, encodingOrOffset?: any, length?: number): Buffer;
  /** @deprecated Use from or alloc. */
  (value: any, encodingOrOffset?: any, length?: number): Buffer;
  alloc(size: number, fill?: string | number | ArrayBufferView, encoding?: BufferEncoding): Buffer;
  /** Its octets are 0, as those of alloc. */
  allocUnsafe(size: number): Buffer;
  allocUnsafeSlow(size: number): Buffer;
  byteLength(value: string | ArrayBuffer | ArrayBufferView, encoding?: BufferEncoding): number;
  compare(a: Uint8Array, b: Uint8Array): -1 | 0 | 1;
  concat(list: readonly Uint8Array[], length?: number): Buffer;
  from(text: string, encoding?: BufferEncoding): Buffer;
  from(buffer: ArrayBuffer, offset?: number, length?: number): Buffer;
  from(octets: ArrayLike<number> | { readonly type: 'Buffer'; readonly data: readonly number[] }): Buffer;
  of(...octets: number[]): Buffer;
  isBuffer(value: any): value is Buffer;
  isEncoding(name: any): name is BufferEncoding;
  poolSize: number;
};
type BufferEncoding = 'utf8' | 'utf-8' | 'utf16le' | 'utf-16le' | 'ucs2' | 'ucs-2' | 'latin1' | 'binary' | 'ascii' | 'hex' | 'base64' | 'base64url';
/** The octets of base64, each as a character. */
declare function atob(base64: string): string;
/** The base64 of characters that stand for octets. */
declare function btoa(octets: string): string;
/** Hashes and random octets, of Node's module and of the web's object. */
declare namespace crypto {
  /** A random UUID, of version 4. */
  function randomUUID(): string;
  function randomBytes(size: number): Buffer;
  function randomBytes(size: number, callback: (error: null, octets: Buffer) => any): void;
  function randomFillSync<T extends ArrayBufferView>(view: T, offset?: number, size?: number): T;
  /** A whole number from low, or 0, to below high. */
  function randomInt(high: number): number;
  function randomInt(low: number, high: number): number;
  function randomInt(high: number, callback: (error: null, n: number) => any): void;
  function randomInt(low: number, high: number, callback: (error: null, n: number) => any): void;
  /** Fills at most 65,536 octets. */
  function getRandomValues<T extends ArrayBufferView>(view: T): T;
  /** The names are md5, sha1, sha224, sha256, sha384 and sha512. */
  function createHash(name: string): Hash;
  function createHmac(name: string, key: string | ArrayBuffer | ArrayBufferView, options?: { encoding?: BufferEncoding }): Hmac;
  function hash(name: string, data: string | ArrayBufferView, encoding?: BufferEncoding): string;
  function getHashes(): string[];
  function timingSafeEqual(a: ArrayBuffer | ArrayBufferView, b: ArrayBuffer | ArrayBufferView): boolean;
  class Hash {
    private constructor();
    update(data: string | ArrayBufferView, encoding?: BufferEncoding): this;
    digest(): Buffer;
    digest(encoding: BufferEncoding): string;
    copy(): Hash;
  }
  class Hmac {
    private constructor();
    update(data: string | ArrayBufferView, encoding?: BufferEncoding): this;
    digest(): Buffer;
    digest(encoding: BufferEncoding): string;
  }
  const webcrypto: typeof crypto;
}
/** Makes octets of text. */
declare class TextEncoder {
  readonly encoding: 'utf-8';
  encode(text?: string): Uint8Array;
  encodeInto(text: string, into: Uint8Array): { read: number; written: number };
}
/** Makes text of octets in UTF-8, UTF-16 or windows-1252. */
declare class TextDecoder {
  constructor(encoding?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  decode(octets?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string;
}
/** A URL in its parts. */
declare class URL {
  constructor(url: string | URL, base?: string | URL);
  static canParse(url: string | URL, base?: string | URL): boolean;
  static parse(url: string | URL, base?: string | URL): URL | null;
  hash: string;
  host: string;
  hostname: string;
  href: string;
  readonly origin: string;
  password: string;
  pathname: string;
  port: string;
  protocol: string;
  search: string;
  readonly searchParams: URLSearchParams;
  username: string;
  toJSON(): string;
  toString(): string;
}
/** The parameters of a URL. */
declare class URLSearchParams {
  constructor(init?: string | URLSearchParams | Iterable<[string, string]> | Record<string, string>);
  readonly size: number;
  append(name: string, value: string): void;
  delete(name: string, value?: string): void;
  get(name: string): string | null;
  getAll(name: string): string[];
  has(name: string, value?: string): boolean;
  set(name: string, value: string): void;
  sort(): void;
  forEach(callback: (value: string, name: string, params: URLSearchParams) => void, self?: any): void;
  entries(): IterableIterator<[string, string]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<string>;
  [Symbol.iterator](): IterableIterator<[string, string]>;
  toString(): string;
}
/** What has listeners for events, as the web has it. */
declare class EventTarget {
  addEventListener(type: string, listener: EventListener | null, options?: boolean | { capture?: boolean; once?: boolean; signal?: AbortSignal }): void;
  removeEventListener(type: string, listener: EventListener | null, options?: boolean | { capture?: boolean }): void;
  /** Whether nothing has prevented the default. */
  dispatchEvent(event: Event): boolean;
}
type EventListener = ((event: any) => any) | { handleEvent(event: any): any };
/** What listeners get. */
declare class Event {
  constructor(type: string, init?: EventInit);
  readonly type: string;
  readonly target: EventTarget | null;
  readonly srcElement: EventTarget | null;
  readonly currentTarget: EventTarget | null;
  readonly eventPhase: number;
  readonly bubbles: boolean;
  readonly cancelable: boolean;
  readonly composed: boolean;
  readonly defaultPrevented: boolean;
  readonly returnValue: boolean;
  readonly cancelBubble: boolean;
  readonly isTrusted: false;
  readonly timeStamp: number;
  composedPath(): EventTarget[];
  preventDefault(): void;
  stopPropagation(): void;
  stopImmediatePropagation(): void;
  readonly NONE: 0;
  readonly CAPTURING_PHASE: 1;
  readonly AT_TARGET: 2;
  readonly BUBBLING_PHASE: 3;
  static readonly NONE: 0;
  static readonly CAPTURING_PHASE: 1;
  static readonly AT_TARGET: 2;
  static readonly BUBBLING_PHASE: 3;
}
interface EventInit {
  bubbles?: boolean;
  cancelable?: boolean;
  composed?: boolean;
}
/** An event with something of the script's. */
declare class CustomEvent<T = any> extends Event {
  constructor(type: string, init?: EventInit & { detail?: T });
  readonly detail: T;
}
/** A deep copy of a value, circles included. */
declare function structuredClone<T>(value: T, options?: { transfer?: ArrayBuffer[] }): T;
/** An error with one of the web's names. */
declare class DOMException extends Error {
  constructor(message?: string, nameOrOptions?: string | { name?: string; cause?: any });
  readonly name: string;
  readonly code: number;
  readonly INDEX_SIZE_ERR: 1;
  readonly HIERARCHY_REQUEST_ERR: 3;
  readonly WRONG_DOCUMENT_ERR: 4;
  readonly INVALID_CHARACTER_ERR: 5;
  readonly NO_MODIFICATION_ALLOWED_ERR: 7;
  readonly NOT_FOUND_ERR: 8;
  readonly NOT_SUPPORTED_ERR: 9;
  readonly IN_USE_ATTRIBUTE_ERR: 10;
  readonly INVALID_STATE_ERR: 11;
  readonly SYNTAX_ERR: 12;
  readonly INVALID_MODIFICATION_ERR: 13;
  readonly NAMESPACE_ERR: 14;
  readonly INVALID_ACCESS_ERR: 15;
  readonly TYPE_MISMATCH_ERR: 17;
  readonly SECURITY_ERR: 18;
  readonly NETWORK_ERR: 19;
  readonly ABORT_ERR: 20;
  readonly URLMISMATCH_ERR: 21;
  readonly QUOTA_EXCEEDED_ERR: 22;
  readonly TIMEOUT_ERR: 23;
  readonly INVALID_NODE_TYPE_ERR: 24;
  readonly DATA_CLONE_ERR: 25;
  static readonly INDEX_SIZE_ERR: 1;
  static readonly HIERARCHY_REQUEST_ERR: 3;
  static readonly WRONG_DOCUMENT_ERR: 4;
  static readonly INVALID_CHARACTER_ERR: 5;
  static readonly NO_MODIFICATION_ALLOWED_ERR: 7;
  static readonly NOT_FOUND_ERR: 8;
  static readonly NOT_SUPPORTED_ERR: 9;
  static readonly IN_USE_ATTRIBUTE_ERR: 10;
  static readonly INVALID_STATE_ERR: 11;
  static readonly SYNTAX_ERR: 12;
  static readonly INVALID_MODIFICATION_ERR: 13;
  static readonly NAMESPACE_ERR: 14;
  static readonly INVALID_ACCESS_ERR: 15;
  static readonly TYPE_MISMATCH_ERR: 17;
  static readonly SECURITY_ERR: 18;
  static readonly NETWORK_ERR: 19;
  static readonly ABORT_ERR: 20;
  static readonly URLMISMATCH_ERR: 21;
  static readonly QUOTA_EXCEEDED_ERR: 22;
  static readonly TIMEOUT_ERR: 23;
  static readonly INVALID_NODE_TYPE_ERR: 24;
  static readonly DATA_CLONE_ERR: 25;
}
/** The names of the methods for `using` and `await using`, which the bundler knows. */
interface SymbolConstructor {
  readonly dispose: unique symbol;
  readonly asyncDispose: unique symbol;
}
declare namespace log {
  /** Makes a log record of the level debug, with fields beside its message. */
  function debug(message: any, fields?: object): void;
  /** Makes a log record of the level info, with fields beside its message. */
  function info(message: any, fields?: object): void;
  /** Makes a log record of the level warn, with fields beside its message. */
  function warn(message: any, fields?: object): void;
  /** Makes a log record of the level error, with fields beside its message. */
  function error(message: any, fields?: object): void;
}
declare namespace console {
  /** Makes a log record of the level debug. The first value can have %s, %d, %i, %f, %j, %o, %O and %c. */
  function debug(...values: any[]): void;
  /** Makes a log record of the level info. The first value can have %s, %d, %i, %f, %j, %o, %O and %c. */
  function log(...values: any[]): void;
  /** Makes a log record of the level info. The first value can have %s, %d, %i, %f, %j, %o, %O and %c. */
  function info(...values: any[]): void;
  /** Makes a log record of the level warn. The first value can have %s, %d, %i, %f, %j, %o, %O and %c. */
  function warn(...values: any[]): void;
  /** Makes a log record of the level error. The first value can have %s, %d, %i, %f, %j, %o, %O and %c. */
  function error(...values: any[]): void;
  /** Logs the values as an error unless the condition holds. */
  function assert(condition?: any, ...values: any[]): void;
  /** Logs a value as `console.log` shows what is inside objects. */
  function dir(value?: any): void;
  /** The same as `console.log`. */
  function dirxml(...values: any[]): void;
  /** Logs the values and where in the script this is, as debug. */
  function trace(...values: any[]): void;
  /** Logs what is in an array, an object, a Map or a Set as a table. */
  function table(data?: any, columns?: string[]): void;
  /** Logs the values, and indents what follows. */
  function group(...values: any[]): void;
  /** The same as `console.group`. */
  function groupCollapsed(...values: any[]): void;
  /** Ends a group. */
  function groupEnd(): void;
  /** Logs how often it was called with that label. */
  function count(label?: string): void;
  /** Has the count begin anew. */
  function countReset(label?: string): void;
  /** Begins to measure time. */
  function time(label?: string): void;
  /** Logs the time since `console.time`, and the values. */
  function timeLog(label?: string, ...values: any[]): void;
  /** Logs that time for the last time. */
  function timeEnd(label?: string): void;
}
declare module 'timers' {
  export const setTimeout: typeof globalThis.setTimeout;
  export const setInterval: typeof globalThis.setInterval;
  export const setImmediate: typeof globalThis.setImmediate;
  export const clearTimeout: typeof globalThis.clearTimeout;
  export const clearInterval: typeof globalThis.clearInterval;
  export const clearImmediate: typeof globalThis.clearImmediate;
  export const promises: typeof import('timers/promises');
}
declare module 'node:timers' {
  import it = require('timers');
  export = it;
}
declare module 'timers/promises' {
  export function setTimeout<T = void>(ms?: number, value?: T, options?: { signal?: AbortSignal }): Promise<T>;
  export function setImmediate<T = void>(value?: T, options?: { signal?: AbortSignal }): Promise<T>;
  export const scheduler: {
    wait(ms?: number, options?: { signal?: AbortSignal }): Promise<void>;
    yield(): Promise<void>;
  };
}
declare module 'node:timers/promises' {
  import it = require('timers/promises');
  export = it;
}
declare module 'fs' {
  /** What is in a file: text if an encoding is named, octets if not. */
  function readFileSync<E extends BufferEncoding | undefined = undefined>(path: string, options?: E | { encoding?: E; flag?: string } | null): E extends BufferEncoding ? string : Buffer;
  /** Writes a file anew. */
  function writeFileSync(path: string, data: string | Uint8Array | ArrayBuffer, options?: WriteOptions): void;
  /** Writes at the end of a file. */
  function appendFileSync(path: string, data: string | Uint8Array | ArrayBuffer, options?: WriteOptions): void;
  /** What is in a folder. */
  function readdirSync<O extends { withFileTypes?: boolean } | undefined = undefined>(path: string, options?: O): O extends { withFileTypes: true } ? Dirent[] : string[];
  /** What is known of a file. */
  function statSync<O extends { throwIfNoEntry?: boolean } | undefined = undefined>(path: string, options?: O): O extends { throwIfNoEntry: false } ? Stats | undefined : Stats;
  /** The same, of a symbolic link itself. */
  function lstatSync<O extends { throwIfNoEntry?: boolean } | undefined = undefined>(path: string, options?: O): O extends { throwIfNoEntry: false } ? Stats | undefined : Stats;
  /** Makes a folder. */
  function mkdirSync(path: string, options?: number | string | { recursive?: boolean; mode?: number | string }): void;
  /** Removes an empty folder. */
  function rmdirSync(path: string): void;
  /** Removes a file. */
  function unlinkSync(path: string): void;
  /** Renames a file or folder. */
  function renameSync(oldPath: string, newPath: string): void;
  /** Throws if there is nothing of that name. */
  function accessSync(path: string, mode?: number): void;
  /** Whether there is something of that name. */
  function existsSync(path: string): boolean;
  /** For `accessSync`. */
  const constants: { readonly F_OK: number; readonly R_OK: number; readonly W_OK: number; readonly X_OK: number };
  /** The same functions without `Sync`, which return promises. */
  const promises: typeof import('fs/promises');
}
declare module 'node:fs' {
  import it = require('fs');
  export = it;
}
declare module 'fs/promises' {
  /** What is in a file: text if an encoding is named, octets if not. */
  function readFile<E extends BufferEncoding | undefined = undefined>(path: string, options?: E | { encoding?: E; flag?: string } | null): Promise<E extends BufferEncoding ? string : Buffer>;
  /** Writes a file anew. */
  function writeFile(path: string, data: string | Uint8Array | ArrayBuffer, options?: WriteOptions): Promise<void>;
  /** Writes at the end of a file. */
  function appendFile(path: string, data: string | Uint8Array | ArrayBuffer, options?: WriteOptions): Promise<void>;
  /** What is in a folder. */
  function readdir<O extends { withFileTypes?: boolean } | undefined = undefined>(path: string, options?: O): Promise<O extends { withFileTypes: true } ? Dirent[] : string[]>;
  /** What is known of a file. */
  function stat<O extends { throwIfNoEntry?: boolean } | undefined = undefined>(path: string, options?: O): Promise<O extends { throwIfNoEntry: false } ? Stats | undefined : Stats>;
  /** The same, of a symbolic link itself. */
  function lstat<O extends { throwIfNoEntry?: boolean } | undefined = undefined>(path: string, options?: O): Promise<O extends { throwIfNoEntry: false } ? Stats | undefined : Stats>;
  /** Makes a folder. */
  function mkdir(path: string, options?: number | string | { recursive?: boolean; mode?: number | string }): Promise<void>;
  /** Removes an empty folder. */
  function rmdir(path: string): Promise<void>;
  /** Removes a file. */
  function unlink(path: string): Promise<void>;
  /** Renames a file or folder. */
  function rename(oldPath: string, newPath: string): Promise<void>;
  /** Throws if there is nothing of that name. */
  function access(path: string, mode?: number): Promise<void>;
  /** For `access`. */
  const constants: typeof import('fs').constants;
}
declare module 'node:fs/promises' {
  import it = require('fs/promises');
  export = it;
}
declare namespace files {
  /** Waits for the next file that the caller passes. */
  function receive(): Promise<PassedFile>;
}
declare namespace process {
  /** The caller's variables, as far as they are granted. */
  const env: { [name: string]: string | undefined };
  /** The caller's folder, at which relative paths begin. */
  function cwd(): string;
  /** Calls a function when the code that runs has returned. */
  function nextTick(callback: (...args: any[]) => any, ...args: any[]): void;
  /** Empty. */
  const argv: string[];
}
declare module 'process' {
  export = process;
}
declare module 'node:process' {
  import it = require('process');
  export = it;
}
declare namespace worker {
  /** The id of the worker's process, where that is. */
  const pid: number;
  /** The name of the script. */
  const name: string;
  /** `sync` or `async`. */
  const mode: 'sync' | 'async';
  /** Asks for no more calls: the worker ends when it has answered those that it has. */
  function retire(): void;
}
declare module 'buffer' {
  import Buffer_ = globalThis.Buffer;
  export { Buffer_ as Buffer };
  export function SlowBuffer(size: number): Buffer_;
  export function atob(base64: string): string;
  export function btoa(octets: string): string;
  export function isUtf8(octets: ArrayBuffer | ArrayBufferView): boolean;
  export function isAscii(octets: ArrayBuffer | ArrayBufferView): boolean;
  export const constants: { MAX_LENGTH: number; MAX_STRING_LENGTH: number };
  export const kMaxLength: number;
  export const kStringMaxLength: number;
  export const INSPECT_MAX_BYTES: number;
}
declare module 'node:buffer' {
  import it = require('buffer');
  export = it;
}
declare module 'crypto' {
  export = crypto;
}
declare module 'node:crypto' {
  import it = require('crypto');
  export = it;
}
declare module 'string_decoder' {
  export class StringDecoder {
    constructor(encoding?: BufferEncoding);
    readonly encoding: BufferEncoding;
    write(octets: string | ArrayBufferView): string;
    end(octets?: string | ArrayBufferView): string;
  }
}
declare module 'node:string_decoder' {
  import it = require('string_decoder');
  export = it;
}
declare module 'url' {
  import URL_ = globalThis.URL;
  import URLSearchParams_ = globalThis.URLSearchParams;
  export { URL_ as URL, URLSearchParams_ as URLSearchParams };
  export function fileURLToPath(url: string | URL_): string;
  export function pathToFileURL(path: string): URL_;
}
declare module 'node:url' {
  import it = require('url');
  export = it;
}
declare module 'querystring' {
  export function parse(text: string, separator?: string, equals?: string, options?: { decodeURIComponent?: (text: string) => string; maxKeys?: number }): { [name: string]: string | string[] | undefined };
  export function stringify(values: object, separator?: string, equals?: string, options?: { encodeURIComponent?: (text: string) => string }): string;
  export function escape(text: string): string;
  export function unescape(text: string): string;
  export const decode: typeof parse;
  export const encode: typeof stringify;
}
declare module 'node:querystring' {
  import it = require('querystring');
  export = it;
}
declare module 'events' {
  import self = require('events');
  class EventEmitter {
    constructor(options?: object);
    static defaultMaxListeners: number;
    static readonly errorMonitor: unique symbol;
    static readonly captureRejectionSymbol: unique symbol;
    static readonly usingDomains: false;
    static init(this: object): void;
    /** The arguments of the next event of that name; rejected if it is error that comes. */
    static once(emitter: EventEmitter | EventTarget, name: string | symbol, options?: { signal?: AbortSignal }): Promise<any[]>;
    static listenerCount(emitter: EventEmitter, name: string | symbol): number;
    static getEventListeners(emitter: EventEmitter, name: string | symbol): Function[];
    static setMaxListeners(n: number, ...emitters: EventEmitter[]): void;
    on(name: string | symbol, listener: (...args: any[]) => any): this;
    once(name: string | symbol, listener: (...args: any[]) => any): this;
    off(name: string | symbol, listener: (...args: any[]) => any): this;
    addListener(name: string | symbol, listener: (...args: any[]) => any): this;
    removeListener(name: string | symbol, listener: (...args: any[]) => any): this;
    removeAllListeners(name?: string | symbol): this;
    prependListener(name: string | symbol, listener: (...args: any[]) => any): this;
    prependOnceListener(name: string | symbol, listener: (...args: any[]) => any): this;
    /** Whether there is a listener. */
    emit(name: string | symbol, ...args: any[]): boolean;
    listeners(name: string | symbol): Function[];
    rawListeners(name: string | symbol): Function[];
    listenerCount(name: string | symbol, listener?: Function): number;
    eventNames(): (string | symbol)[];
    setMaxListeners(n: number): this;
    getMaxListeners(): number;
  }
  namespace EventEmitter {
    export { self as EventEmitter };
  }
  export = EventEmitter;
}
declare module 'node:events' {
  import it = require('events');
  export = it;
}
declare module 'path' {
  export interface ParsedPath {
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
}
declare module 'node:path' {
  import it = require('path');
  export = it;
}
declare module 'path/posix' {
  import it = require('path');
  export = it;
}
declare module 'node:path/posix' {
  import it = require('path/posix');
  export = it;
}
declare module 'util' {
  export function inspect(value: any, options?: { depth?: number | null } | boolean, depth?: number | null): string;
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
}
declare module 'node:util' {
  import it = require('util');
  export = it;
}
declare module 'util/types' {
  import { types } from 'util';
  export = types;
}
declare module 'node:util/types' {
  import it = require('util/types');
  export = it;
}
declare module 'assert' {
  function assert(value: any, message?: string | Error): asserts value;
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
}
declare module 'node:assert' {
  import it = require('assert');
  export = it;
}
declare module 'assert/strict' {
  import { strict } from 'assert';
  export = strict;
}
declare module 'node:assert/strict' {
  import it = require('assert/strict');
  export = it;
}
