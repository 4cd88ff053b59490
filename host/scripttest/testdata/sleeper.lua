function run(seconds)
  local before = time.now()
  sleep(seconds)
  return time.now() - before
end
