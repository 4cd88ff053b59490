// attack: asks for addresses that nobody granted, in every way to write them
// mechanism: escape / requests
// mode: async
// expect: answer "safe"
// control: none: a test that reaches such an address would need one; TestScriptRequests of package host has granted ones

async function run(done) {
  const urls = ['http://127.0.0.1/', 'http://localhost:22/', 'https://[::1]/', 'http://[::ffff:127.0.0.1]/', 'http://0x7f.1/', 'http://2130706433/',
    'http://169.254.169.254/latest/meta-data/', 'http://127.0.0.1.nip.io/', 'HTTP://10.0.0.1:8080', 'file:///etc/passwd', 'unix:///run/docker.sock', 'http://u:p@127.0.0.1/',
    'http://127.0.0.1\\@example.com/', 'http://example.com#@127.0.0.1/', { href: 'http://127.0.0.1/' }, { toString: () => 'http://127.0.0.1/' }, new Request('http://127.0.0.1/')];
  for (const url of urls) {
    for (const options of [{}, { redirect: 'manual' }, { method: 'POST', body: 'x', headers: { 'X-A': 'b' } }, { headers: { Host: '127.0.0.1' } }]) {
      try {
        const r = await fetch(url, options);
        return done('ESCAPED ' + r.status + ' ' + await r.text());
      } catch (e) {
        if (e.kind !== 'denied' && !(e instanceof TypeError && e.cause === undefined)) return done('ESCAPED to ' + url + ': ' + e.name + ' ' + e.message);
      }
    }
  }
  done('safe');
}
