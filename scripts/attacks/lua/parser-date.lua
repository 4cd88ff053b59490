-- attack: Format dates at length and out of range.
-- mechanism: parser / formats and ranges of os.date
-- limits: time=3s
-- expect: answer "ended"
-- control: none: what is out of range is refused whatever the limits are

function run()
  pcall(os.date, ("%c"):rep(50000))
  pcall(os.date, ("%"):rep(1000001))
  for _, t in ipairs { 0, -1, 2 ^ 31, 2 ^ 53, -2 ^ 53, 2 ^ 63, -2 ^ 63, 1 / 0, -1 / 0, 0 / 0 } do
    pcall(os.date, "*t", t)
    pcall(os.date, "!%c", t)
    pcall(os.time, { year = t, month = t, day = t, hour = t, min = t, sec = t })
    pcall(os.time, { year = 2000, month = t, day = 1 })
    pcall(os.difftime, t, t)
  end
  return "ended"
end
