// Run by 'runner test'. Each test has a worker of its own, in a process of its own.
const { load } = require('runner:test');

describe('the worker', () => {
  it('counts down', async () => {
    const worker = await load('./worker.js', { async: true, fakeTime: true });
    const call = worker.call('60');
    await worker.advance(60_000); // without waiting
    expect(await call).toEqual(['finished', '60']);
    expect(worker.events).toHaveLength(60);
    expect(worker.events[59]).toEqual(['left', '1']);
  });

  it('needs a number', async () => {
    const worker = await load('./worker.js', { async: true });
    await expect(worker.call('soon')).rejects.toThrow('count down from what?');
  });
});
