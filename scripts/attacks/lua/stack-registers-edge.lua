-- attack: Use up the registers of a thread to each last one.
-- mechanism: stack / last registers of a thread
-- limits: time=10s memory=256M
-- expect: answer "ended"
-- control: none: the bound on a thread's registers cannot be changed

function run()
  local function deeper(n, ...)
    if n == 0 then return string.format("%s", 1), ("x"):byte(1, -1), pcall(error, "x"), tostring({}), select("#", ...) end
    return (deeper(n - 1, ...))
  end
  for n = 0, 600, 17 do
    pcall(deeper, 1, unpack({}, 1, 261100 - n))
    pcall(deeper, 3, unpack({}, 1, 130000 / 2 + n))
  end
  return "ended"
end
