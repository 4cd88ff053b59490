// attack: keeps asking the host for files it is refused, in a loop that catches every refusal
// mechanism: loop / synchronous host calls
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

const fs = require('fs');

function run() {
  const end = Date.now() + 600;
  while (Date.now() < end) {
    try {
      fs.readFileSync('/etc/passwd');
    } catch {
      continue;
    }
  }
  return 'done';
}
