-- attack: Match the empty string for ever.
-- mechanism: loop / gmatch of an empty pattern
-- limits: time=5s
-- expect: answer "6"
-- control: none: gmatch goes on by one octet after an empty match

function run()
  local n = 0
  for _ in ("abcde"):gmatch("") do
    n = n + 1
    if n > 1e6 then return "endless" end
  end
  return n
end
