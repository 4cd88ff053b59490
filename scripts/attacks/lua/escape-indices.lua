-- attack: Reach outside of strings and tables by indices.
-- mechanism: escape / indices out of range
-- limits: time=2s
-- expect: answer "safe"
-- control: none: indices are checked whatever the limits are

function run()
  local odd = { 0, -1, 1, 4, 1.5, -0.5, 2 ^ 31, -2 ^ 31, 2 ^ 53, -2 ^ 53, 2 ^ 63, -2 ^ 63, 2 ^ 64, 1 / 0, -1 / 0, 0 / 0 }
  local fs = { string.sub, string.byte, string.find, string.match, string.rep, string.char, string.format, select, unpack, table.insert, table.remove, table.maxn, table.concat, table.getn, next, rawget, error, math.random, math.randomseed, math.ldexp, math.fmod, tostring, tonumber, getfenv, debug.traceback, os.date, os.time, string.gsub }
  local n = 0
  for _, f in pairs(fs) do
    for _, i in ipairs(odd) do
      for _, j in ipairs(odd) do
        if f == string.rep then
          if i * 3 < 1e6 then pcall(f, "abc", i, j) end
        elseif f ~= unpack or j - i < 1e5 or j - i > 1e9 then
          pcall(f, "abc", i, j)
          if f ~= table.concat or j - i < 1e5 then pcall(f, { 1, 2, 3 }, f == table.insert and i or "", f == table.insert and 1 or i, j) end
          pcall(f, { 1, 2, 3 }, i, j)
          pcall(f, i, j)
          pcall(f, i, { 1 }, j)
        end
        n = n + 1
      end
    end
  end
  return n > 0 and "safe"
end
