-- attack: Have each malformed pattern panic.
-- mechanism: pattern / malformed patterns
-- expect: answer "ended"
-- control: none: such patterns are refused whatever the limits are

function run()
  for _, p in ipairs { "%", "[", "[%", "[]", "[^", "[^]", "(", ")", "%1", "(%1)", "%b", "%bx", "%f", "%f[", "[a-", "[a-%", "[%a-z", "(()", "%9", "^*", "*", "-", "?", "+", "[]]", "\0", "%z", "%0", "(^a", "$$", "%g" } do
    for _, s in ipairs { "", "a", "\0", "\255\254" } do
      pcall(string.find, s, p)
      pcall(string.match, s, p)
      pcall(string.gsub, s, p, "%1")
      pcall(string.gsub, s, p, "%")
      pcall(string.gsub, s, p, "%9")
      pcall(function() for _ in s:gmatch(p) do break end end)
    end
  end
  return "ended"
end
