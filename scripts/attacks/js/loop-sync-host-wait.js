// attack: keeps asking the host for files it is refused, in a loop that catches every refusal
// mechanism: loop / synchronous host calls
// limits: time=150ms
// expect: deadline
// control: grants=host: limits=time=20s expect answer "done"

const span = 'echo' in host ? 300 : Infinity; // the control has an end
const fs = require('fs');

function run() {
  const end = Date.now() + span;
  while (Date.now() < end) {
    try {
      fs.readFileSync('/etc/passwd');
    } catch {
      continue;
    }
  }
  return 'done';
}
