-- attack: Start a search at positions that there are not.
-- mechanism: pattern / start positions
-- expect: answer "ended"
-- control: none: positions are checked whatever the limits are

function run()
  for _, i in ipairs { 0, -1, -10, 10, 2 ^ 31, -2 ^ 31, 2 ^ 53, -2 ^ 53, 2 ^ 63, -2 ^ 63, 1 / 0, -1 / 0, 0 / 0, 1.5 } do
    for _, p in ipairs { "", "b", "b*", "^b", "x", "()", "$" } do
      pcall(string.find, "abc", p, i)
      pcall(string.find, "abc", p, i, true)
      pcall(string.match, "abc", p, i)
    end
  end
  return "ended"
end
