-- The functions that all peers in this folder offer, for a worker of this
-- project in the sync mode. Called by a parent of the classic dialect:
--
--   perl scripts/peers/parent.pl runner child --wire classic --script scripts/peers/worker.lua

local functions = {}

function functions.echo(...)
  return ...
end

function functions.events(n)
  for i = 1, tonumber(n) do
    event("tick", i)
  end
  return n
end

function functions.sleep(seconds)
  sleep(tonumber(seconds))
  return seconds
end

function functions.length(s)
  return #s
end

function functions.die()
  error("die", 0)
end

function run(what, ...)
  local f = functions[what]
  if not f then
    error("there is no function '" .. tostring(what) .. "'", 0)
  end
  return f(...)
end
