// attack: hashes without end, in a part of the worker that is not the script
// mechanism: loop / crypto
// limits: time=150ms
// expect: deadline
// control: grants=host: limits=time=20s expect answer "done"

function run() {
  const end = Date.now() + ('echo' in host ? 300 : Infinity); // the control has an end
  const octets = Buffer.alloc(4 * 2 ** 20);
  const hash = crypto.createHash('sha512');
  while (Date.now() < end) hash.update(octets);
  return 'done';
}
