package enginetest

import "scripthost.example/wire"

// receiving are workers with a function that returns all that is in the next
// files, and closes them.
var receiving = worker{
	lua: `function run(n)
			local texts = {}
			for i = 1, n do
				local f = files.receive()
				texts[i] = f:read("*a")
				f:close()
			end
			return unpack(texts)
		end`,
	js: jsText + `async function run(n) {
			const texts = [];
			for (let i = 0; i < n; i++) {
				const f = await files.receive();
				texts.push(await all(f));
				await f.close();
			}
			return results(...texts);
		}`,
}

// jsText are functions that make text of what is read.
const jsText = `
	const text = (octets) => String.fromCharCode(...octets);
	async function all(f) {
		let s = '';
		for (let b; (b = await f.read()).length > 0;) s += text(b);
		return s;
	}
`

// noFileCases are about workers that no file can be passed to.
func noFileCases() []testCase {
	return []testCase{
		{
			name: "none can be passed",
			worker: worker{
				lua: `function run(caught)
					if not caught then return files.receive() end
					local ok, e = pcall(files.receive)
					return ok, e.kind, e.message end`,
				js: `async function run(caught) {
					if (!caught) return await files.receive();
					try { await files.receive() } catch (e) { return results(false, e.kind, e.message) } }`,
			},
			run: func(p *Parent) {
				const message = "files can be passed only to a worker on the same machine that has sockets as its" +
					" file descriptors 3 and 4, not over standard input and output"
				p.Call(1, true)
				p.Result(1, false, "script", message)
				p.Call(1, false)
				p.Fails(1, wire.ErrorScript, message)
			},
		},
	}
}
