-- attack: Require what is outside of a granted folder of modules, through links and names.
-- mechanism: escape / require of files
-- grants: modules:$DIR/granted
-- expect: answer "safe"
-- control: grants=modules:$DIR expect answer "read"

function run(_, dir)
  local names = { "link", "absolute", "out/key", "loop", "environ", "zero", "fifo", "../secret/key", "folder/../../secret/key", "\0", ".", "..", ("../"):rep(300) .. "etc/passwd", ("x"):rep(5000) }
  local loaders = {
    function(name) package.path = dir .. "/granted/?;" .. "/?;?" return require(name) end,
    function(name) package.path = dir .. "/granted/" .. name .. ";" .. name return require("m") end,
    function(name) return assert(loadfile(name))() end,
    function(name) return dofile(dir .. "/granted/" .. name) end,
    function() return dofile(dir .. "/secret/key") end,
    function() return package.loaders[2]("/etc/passwd")() end,
    function() return assert(package.searchpath("passwd", "/etc/?")) end,
  }
  for _, name in ipairs(names) do
    for _, load in ipairs(loaders) do
      local ok, e = pcall(load, name)
      -- The key is no Lua, so that what was read is a mistake in its first line.
      if ok or tostring(e):find("key:1:", 1, true) then return "read" end
    end
  end
  return "safe"
end
