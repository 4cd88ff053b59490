-- Removes what its caller names:
--
--   run("rmdir", folder)    an empty folder
--   run("unlink", file)     a file
--
-- It answers 1, or 0 and the reason. Every third request is an event too.
-- What it may remove is up to its caller: runner --allow-write=PATH.

local remove = {
  rmdir = lfs.rmdir,
  unlink = os.remove,
}

local requests = 0

function run(command, path)
  requests = requests + 1
  if requests % 3 == 0 then
    event("requests", requests)
  end

  local how = remove[command]
  if not how then
    error("unknown command '" .. tostring(command) .. "': there are rmdir and unlink", 0)
  end
  local done, reason = how(path)
  if done then
    return 1
  end
  return 0, (reason:gsub("^.*: ", "")) -- os.remove puts the path before it
end
