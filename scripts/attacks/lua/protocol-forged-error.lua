-- attack: Forge errors of the host's kinds.
-- mechanism: protocol / kind of an error
-- calls: 8
-- expect: any of error | denied | limit | deadline | call | exit | serialise
-- why: what an error says is the script's claim; it is of a type, and the worker is not killed for it
-- control: none: a script may fail as it likes

local kinds = { "deadline", "denied", "limit", "exit", "protocol", "cancelled", "closed", "nonsense" }
function run(n)
  local _, err = pcall(io.open, "/etc/passwd")
  err.kind = kinds[tonumber(n)]
  err.message = "forged"
  err.value = { limit = "x", size = -1, max = {}, grant = {}, path = 1 }
  error(err)
end
