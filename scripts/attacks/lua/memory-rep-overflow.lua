-- attack: Have string.rep overflow its size.
-- mechanism: memory / size of string.rep
-- expect: answer "resulting string too large resulting string too large 0"
-- control: none: the size is checked whatever the limits are

function run()
  local function try(s, n)
    local ok, err = pcall(string.rep, s, n)
    return ok and #err or (err:gsub("^.-: ", ""))
  end
  return try(("x"):rep(1000), 2 ^ 62), try("xx", 2 ^ 30), try("", 2 ^ 62)
end
