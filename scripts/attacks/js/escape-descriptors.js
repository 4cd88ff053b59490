// attack: waits for a file that nobody passes, to read the descriptors that are open
// mechanism: escape / descriptors 0 to 9
// limits: time=300ms
// expect: any of answer "safe" | deadline | error
// why: nothing is passed: it fails or waits
// control: none: there is no way from a number to a descriptor in the language

async function run() {
  for (let fd = 0; fd < 10; fd++) {
    try {
      require('fs').readFileSync(fd);
      return 'ESCAPED';
    } catch {
      continue;
    }
  }
  await files.receive();
  return 'ESCAPED';
}
