-- attack: Reach Go's verbs through string.format.
-- mechanism: parser / verbs of string.format
-- expect: answer "ended"
-- control: none: the verbs are C's, whatever the limits are

function run()
  for c = 0, 255 do
    for _, flags in ipairs { "", "#", "+", "-", " ", "0", "99.99", "#+- 0", "*", "[1]" } do
      local ok, text = pcall(string.format, "%" .. flags .. string.char(c), print)
      if ok and text:find("0xc0", 1, true) and text:find("{", 1, true) then return "ESCAPED", text end
      pcall(string.format, "%" .. flags .. string.char(c), 0 / 0)
      pcall(string.format, "%" .. flags .. string.char(c), "x")
    end
  end
  return "ended"
end
