-- attack: Answer another call, again.
-- mechanism: protocol / done of another call
-- mode: async
-- calls: 4
-- expect: answer "mine"
-- control: none: an answer is of the call whose done it is

local all = {}
function run(done, n)
  done("mine")
  all[#all + 1] = done
  for _, other in ipairs(all) do pcall(other, "forged") pcall(other.fail, "forged") pcall(other.event, "forged") end
end
