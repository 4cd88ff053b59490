-- In the async mode run gets a function done first, and answers by calling it.
-- While it sleeps, the worker serves other calls.
function run(done, seconds)
  seconds = tonumber(seconds)
  if not seconds then
    error("count down from what? Give a number of seconds")
  end
  for left = seconds, 1, -1 do
    done.event("left", left)
    sleep(1)
  end
  done("finished", seconds)
end
