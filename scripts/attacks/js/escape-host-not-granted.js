// attack: calls a host function that the parent has for others
// mechanism: escape / host functions without a grant
// expect: error is not a function of the parent
// control: grants=host: expect answer "called"

async function run() {
  return (await host.secret()) ? 'called' : '';
}
