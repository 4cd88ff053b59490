-- attack: Decode numbers with millions of digits.
-- mechanism: json / long numbers in json.decode
-- limits: time=5s memory=256M
-- expect: answer "ended"
-- control: none: a number takes time in proportion to its length

function run()
  for _, text in ipairs { ("9"):rep(2e6), "0." .. ("0"):rep(2e6) .. "1", "1e" .. ("9"):rep(2e6), "-" .. ("1"):rep(2e6) .. "e-999999999" } do
    pcall(json.decode, text)
  end
  return "ended"
end
