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
declare class AbortSignal {
  private constructor();
  static abort(reason?: any): AbortSignal;
  static timeout(ms: number): AbortSignal;
  static any(signals: Iterable<AbortSignal>): AbortSignal;
  readonly aborted: boolean;
  readonly reason: any;
  onabort: ((event: AbortEvent) => any) | null;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: ((event: AbortEvent) => any) | { handleEvent(event: AbortEvent): any }, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: ((event: AbortEvent) => any) | { handleEvent(event: AbortEvent): any }): void;
  dispatchEvent(event: AbortEvent): boolean;
}
interface AbortEvent {
  readonly type: 'abort';
  readonly target: AbortSignal;
}
/** The module of that name, such as `fs`. */
declare function require(module: string): any;
/** `module.exports` is what the script exports. */
declare const module: { exports: any };
/** `module.exports`, as it is at first. */
declare const exports: any;
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
type Encoding = 'utf8' | 'utf-8' | 'latin1' | 'ascii' | 'hex' | 'base64' | 'base64url';
type WriteOptions = Encoding | { encoding?: Encoding; flag?: string; mode?: number | string } | null;
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
  write(data: string | Uint8Array): Promise<number>;
  close(): Promise<void>;
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
  /** Logs the values and where in the script this is. */
  function trace(...values: any[]): void;
}
declare module 'fs' {
  /** What is in a file: text if an encoding is named, octets if not. */
  function readFileSync<E extends Encoding | undefined = undefined>(path: string, options?: E | { encoding?: E; flag?: string } | null): E extends Encoding ? string : Uint8Array;
  /** Writes a file anew. */
  function writeFileSync(path: string, data: string | Uint8Array, options?: WriteOptions): void;
  /** Writes at the end of a file. */
  function appendFileSync(path: string, data: string | Uint8Array, options?: WriteOptions): void;
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
  export * from 'fs';
}
declare module 'fs/promises' {
  /** What is in a file: text if an encoding is named, octets if not. */
  function readFile<E extends Encoding | undefined = undefined>(path: string, options?: E | { encoding?: E; flag?: string } | null): Promise<E extends Encoding ? string : Uint8Array>;
  /** Writes a file anew. */
  function writeFile(path: string, data: string | Uint8Array, options?: WriteOptions): Promise<void>;
  /** Writes at the end of a file. */
  function appendFile(path: string, data: string | Uint8Array, options?: WriteOptions): Promise<void>;
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
  export * from 'fs/promises';
}
declare namespace files {
  /** Waits for the next file that the caller passes. */
  function receive(): Promise<PassedFile>;
}
declare namespace process {
  /** The caller's variables, as far as they are granted. */
  const env: { [name: string]: string | undefined };
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
