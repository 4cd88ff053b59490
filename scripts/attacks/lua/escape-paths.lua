-- attack: Confuse the check of a path by how it is written.
-- mechanism: escape / odd paths
-- grants: read:$DIR/granted
-- expect: answer "safe"
-- control: none: each is another name of what escape-read shows, or of nothing

function run(_, dir)
  local secret = dir .. "/secret/key"
  for _, path in ipairs { "", ".", "..", "secret/key", "//" .. secret, "/." .. secret, secret .. "\0", dir .. "/granted\0/../secret/key", dir .. "/granted/../secret/key", dir .. "/granted//..//secret/key", dir .. "/granted/./../secret/./key", dir .. "/GRANTED/../secret/key", dir .. "/granted/folder/../../secret/key", dir .. "/granted/file/../../secret/key", dir .. "/granted/missing/../../secret/key", "file://" .. secret, "~" .. secret, dir .. "/granted/%2e%2e/secret/key", dir .. "/granted/\255\254", dir .. ("/granted/.."):rep(1000) .. "/secret/key", ("/x"):rep(100000), dir .. "/grantedx/../secret/key" } do
    local ok, f = pcall(io.open, path)
    if ok and f then return "ESCAPED", path end
  end
  return "safe"
end
