const { load } = require('runner:test');

describe('a sync worker', () => {
  let worker;
  beforeEach(async () => { worker = await load('greet.js'); });

  it('is called', async () => {
    expect(await worker.call('Ada')).toEqual(['Hello, Ada']);
    expect(worker.events).toEqual([['greeted', 'Ada']]);
    expect(worker.calls).toEqual([{ function: 'run', args: ['Ada'], results: ['Hello, Ada'] }]);
    expect(worker.functions).toContain('titled');
  });
  it('fails', async () => {
    await expect(worker.call()).rejects.toThrow('who?');
    await expect(worker.callFunction('fail')).rejects.toMatchObject({ kind: 'script', value: { code: 7 } });
    await expect(worker.callFunction('nothing')).rejects.toThrow(/no function/);
  });
  it('has the serialiser that it has', async () => {
    expect(await worker.callFunction('twice', 3)).toEqual(['6']);
    const other = await load('greet.js', { json: true });
    expect(await other.callFunction('twice', 3)).toEqual([6]);
  });
});

it('has fake host functions', async () => {
  const title = vi.fn((name) => 'Dr. ' + name);
  const worker = await load('greet.js', { host: { title } });
  expect(await worker.callFunction('titled', 'Ada')).toEqual(['Dr. Ada']);
  expect(title).toHaveBeenCalledWith('Ada');
  expect(worker.hostCalls).toEqual([['title', 'Ada']]);
  title.mockRejectedValueOnce(new Error('out of titles'));
  await expect(worker.callFunction('titled', 'Eve')).rejects.toThrow('out of titles');
});

it('has fake time', async () => {
  const worker = await load('countdown.js', { async: true, json: true, fakeTime: true, clock: '2024-02-29T12:00:00Z' });
  const call = worker.call(3);
  await worker.advance(0);
  expect(worker.events).toEqual([['left', 2]]);
  await worker.advance(999);
  expect(worker.events).toHaveLength(1);
  await worker.advance(1);
  expect(worker.events).toHaveLength(2);
  await worker.advance(3600_000);
  expect(await call).toEqual(['finished', '2024-02-29T12:00:03.000Z']);
});

it('is told what is wrong', async () => {
  await expect(load('missing.js')).rejects.toThrow('there is no file missing.js');
  await expect(load('/etc/passwd')).rejects.toThrow('not in the folder of the project');
  await expect(load('greet.js', { asnyc: true })).rejects.toThrow('no option "asnyc"');
  await expect(load('greet.js', { function: 'x' })).rejects.toThrow('no function');
  const worker = await load('countdown.js', { async: true });
  const call = worker.callFunction('never');
  await worker.close();
  await expect(call).rejects.toThrow('done was never called');
  await expect(worker.call()).rejects.toThrow('closed');
  const slow = await load('countdown.js', { async: true, timeout: 20 });
  await expect(slow.call(3)).rejects.toMatchObject({ kind: 'deadline' });
  await expect(slow.advance(1)).rejects.toThrow('fakeTime');
});
