-- attack: Read numbers with millions of digits.
-- mechanism: parser / long numbers in tonumber
-- limits: time=5s memory=256M
-- expect: answer "ended"
-- control: none: a number takes time in proportion to its length

function run()
  for _, text in ipairs { ("9"):rep(4e6), "0x" .. ("f"):rep(4e6), "0." .. ("0"):rep(4e6) .. "1", "1e" .. ("9"):rep(4e6), ("-"):rep(4e6) .. "1", (" "):rep(4e6) } do
    tonumber(text)
    pcall(tonumber, text, 36)
    pcall(loadstring, "return " .. text)
  end
  return "ended"
end
