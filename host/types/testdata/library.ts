// A worker that uses what is there of Node's and of the web's.
import assert, { AssertionError } from 'node:assert';
import strict from 'assert/strict';
import { Buffer as B, constants } from 'buffer';
import { createHash, Hash } from 'node:crypto';
import EventEmitter, { once } from 'events';
import { EventEmitter as Emitter } from 'node:events';
import path from 'path';
import * as posix from 'node:path/posix';
import process from 'node:process';
import { parse } from 'querystring';
import { StringDecoder } from 'string_decoder';
import * as timers from 'timers';
import { setTimeout as wait, scheduler } from 'node:timers/promises';
import { URL as NodeURL, fileURLToPath, pathToFileURL } from 'url';
import { promisify, inspect, types } from 'node:util';
import { isDate } from 'util/types';

export async function web(url: string) {
  const response = await fetch(new URL(url), { headers: { a: 'b' }, signal: AbortSignal.timeout(5), body: new URLSearchParams({ a: '1' }) });
  const request = new Request(url, { method: 'POST', body: response.body });
  const again: Response = await fetch(request.clone());
  const text: string = new TextDecoder().decode(await response.bytes());
  for (const [name, value] of response.headers) event(name, value, again.headers.get('a')?.length);
  if (again.body) for await (const part of again.body) event(part.length);
  // @ts-expect-error: there is no such redirect
  new Request(url, { redirect: 'never' });
  // @ts-expect-error: nothing makes one but fetch
  Response.error();
  const target = new EventTarget();
  target.addEventListener('a', (e: CustomEvent<number>) => e.detail + e.eventPhase, { once: true });
  target.dispatchEvent(new CustomEvent('a', { detail: Event.NONE }));
  const signal: EventTarget = new AbortController().signal;
  const error: Error = new DOMException('no', 'AbortError');
  if (error instanceof DOMException && error.code === DOMException.ABORT_ERR) signal.dispatchEvent(new Event('abort'));
  const octets: Uint8Array = new TextEncoder().encode(text);
  return results(structuredClone({ a: 1 }).a, performance.now() - performance.timeOrigin, btoa(atob('')), octets, URL.canParse(url));
}

export async function node(done: Done, name: string) {
  const octets: Buffer = Buffer.concat([Buffer.from(name, 'utf8'), Buffer.alloc(8)]);
  octets.writeUInt16BE(octets.readUint8(0), 1);
  const big: bigint = octets.readBigInt64LE();
  const part: B = octets.subarray(1).slice(1).fill('a', 'latin1');
  const plain: Uint8Array = part;
  // @ts-expect-error: there is no such encoding
  part.toString('koi8-r');
  const hash: Hash = createHash('sha256').update(plain);
  const digest: string = hash.copy().digest('hex') + crypto.createHmac('md5', 'key').digest().toString('hex') + crypto.randomUUID();
  class Own extends EventEmitter {}
  const own: Emitter = new Own().on('a', (n: number) => n);
  const [first] = await once(own, 'a', { signal: done.signal });
  new StringDecoder('utf8').write(part);
  await wait(5, 'value');
  await scheduler.wait(1);
  timers.clearTimeout(timers.setTimeout(() => { }, 5));
  const url: NodeURL = pathToFileURL(path.join(posix.resolve('a'), path.parse(name).base));
  const inspected: string = await promisify((x: number, callback: (error: any, value: string) => void) => callback(null, inspect(x)))(1) + fileURLToPath(url);
  const when: unknown = new Date();
  if (isDate(when) && types.isDate(when)) when.getTime();
  const found = parse('a=b').a;
  assert.ok(found);
  // @ts-expect-error: it may be a list
  found.toUpperCase();
  strict.equal(found, 'b');
  await strict.rejects(async () => { throw new AssertionError({ message: 'no' }) }, AssertionError);
  process.nextTick((...args) => console.table(args, ['a']), process.cwd(), process.argv.length, __filename, __dirname);
  console.group(`${constants.MAX_LENGTH}`);
  require.resolve('./x');
  done(require.main === module, global === globalThis, Symbol.dispose, Symbol.asyncDispose, big, digest, first, inspected);
}
