// A worker with types: what is right is accepted, and what is not is refused where
// a comment expects it.
import * as fs from 'fs';
import { readFile } from 'node:fs/promises';

export function run(done: Done, path: string): void {
  log.info('starting', { path });
  const timer: number = setTimeout((a: string) => done.event(a), 10, 'late');
  if (done.cancelled()) clearTimeout(timer);
  done.signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  // @ts-expect-error: the level is none
  log.fatal('no');
  // @ts-expect-error: a callback is needed
  setTimeout('text', 10);
  done(fs.readFileSync(path, 'utf8').length, process.env.HOME ?? 'none');
}

export async function main(path: string): Promise<Results> {
  const text: string = await readFile(path, 'utf8');
  const octets: Uint8Array = await fs.promises.readFile(path);
  // @ts-expect-error: without an encoding it is octets
  const wrong: string = fs.readFileSync(path);
  const names: string[] = fs.readdirSync('.');
  const first = fs.readdirSync('.', { withFileTypes: true })[0];
  const size = fs.statSync(path).size + (fs.statSync(path, { throwIfNoEntry: false })?.size ?? 0);
  // @ts-expect-error: it may be missing
  fs.statSync(path, { throwIfNoEntry: false }).size;
  const file = await files.receive();
  await file.write(octets);
  await file.close();
  event('read', text, names, first?.isFile(), size);
  const controller = new AbortController();
  controller.abort();
  AbortSignal.any([controller.signal, AbortSignal.timeout(5)]).throwIfAborted();
  // @ts-expect-error: nothing makes one but a controller
  new AbortSignal();
  queueMicrotask(() => console.log('%s', worker.name, worker.pid));
  if (worker.mode === 'async') worker.retire();
  // @ts-expect-error: there are two modes
  if (worker.mode === 'other') worker.retire();
  await host.anything(1, 'x');
  return results(text, wrong);
}
