-- attack: Load modules by path.
-- mechanism: escape / require
-- expect: answer "safe"
-- control: none: a script that is not a file has no modules but the libraries

function run(_, dir)
  for _, name in ipairs { "package", "ffi", "jit", "socket", "posix", "../secret/key", dir .. "/secret/key", "/etc/passwd", "debug.getinfo", "", "\0", "_G", "a.b.c" } do
    local ok, lib = pcall(require, name)
    if ok and lib ~= _G[name] then return "ESCAPED", name end
  end
  return "safe"
end
