-- attack: Answer and fail at once.
-- mechanism: protocol / error after the answer
-- mode: async
-- expect: answer "answered"
-- control: none: an error after the answer is logged

function run(done)
  done("answered")
  error("after")
end
