// Run by 'runner test'. Each test has a worker of its own, in a process of its own.
const { load } = require('runner:test');

describe('the worker', () => {
  let worker;
  beforeEach(async () => { worker = await load('./worker.js'); });

  it('greets', async () => {
    expect(await worker.call('Ada')).toEqual(['Hello, Ada!']);
    expect(worker.events).toEqual([['greeted', 'Ada']]);
  });

  it('needs a name', async () => {
    await expect(worker.call()).rejects.toThrow('who is to be greeted?');
  });
});
