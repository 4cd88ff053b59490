function run(done, n)
  for left = n - 1, 0, -1 do
    done.event("left", left)
    sleep(1)
  end
  done("finished", time.format(time.now()))
end
function never(done) end
