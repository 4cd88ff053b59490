-- tidy.lua for the async mode: run gets done first, and answers by calling it.
-- While one request waits for its folder to be removed, others are served.

local remove = {
  rmdir = lfs.rmdir,
  unlink = os.remove,
}

local requests = 0

function run(done, command, path)
  requests = requests + 1
  if requests % 3 == 0 then
    event("requests", requests)
  end

  local how = remove[command]
  if not how then
    done.fail("unknown command '" .. tostring(command) .. "': there are rmdir and unlink")
    return
  end
  local removed, reason = how(path)
  if removed then
    done(1)
  else
    done(0, (reason:gsub("^.*: ", ""))) -- os.remove puts the path before it
  end
end
