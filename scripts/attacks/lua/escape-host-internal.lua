-- attack: Call the functions behind the built-in libraries directly.
-- mechanism: escape / names that start with runner
-- expect: answer "safe"
-- control: none: the table has what was given only

function run(_, dir)
  for _, name in ipairs { "runner", "runner.fs.open", "runner.env.get", "runner.fs.read", "__index", "__metatable", "" } do
    if pcall(function() return host[name](dir .. "/secret/key") end) or rawget(host, name) then return "ESCAPED" end
  end
  return "safe"
end
