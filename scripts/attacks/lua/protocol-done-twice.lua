-- attack: Answer a call twice.
-- mechanism: protocol / done called twice
-- mode: async
-- expect: answer "first"
-- control: none: the second answer is refused by the VM, the worker end and the parent

function run(done)
  done("first")
  pcall(done, "second")
  pcall(done.fail, "third")
  done("fourth")
end
