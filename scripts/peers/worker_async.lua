-- worker.lua for the async mode: run gets done first, and answers by calling
-- it. While one call sleeps, the others go on.
--
--   perl scripts/peers/parent.pl --async runner child --wire classic --async --script scripts/peers/worker_async.lua

local functions = {}

function functions.echo(done, ...)
  done(...)
end

function functions.events(done, n)
  for i = 1, tonumber(n) do
    event("tick", i)
  end
  done(n)
end

function functions.sleep(done, seconds)
  sleep(tonumber(seconds))
  done(seconds)
end

function functions.length(done, s)
  done(#s)
end

function functions.die(done)
  error("die", 0)
end

function run(done, what, ...)
  local f = functions[what]
  if not f then
    error("there is no function '" .. tostring(what) .. "'", 0)
  end
  f(done, ...)
end
