local basexx = require "basexx"
local line, text = require("report").new()

function run()
  local all = {}
  for i = 0, 255 do all[i + 1] = string.char(i) end
  all = table.concat(all)
  for _, s in ipairs{"", "a", "ab", "abc", "Hello, World!", "\0\255\0", all} do
    line("bit", basexx.to_bit(s), basexx.from_bit(basexx.to_bit(s)) == s)
    line("hex", basexx.to_hex(s), basexx.from_hex(basexx.to_hex(s)) == s)
    line("base32", basexx.to_base32(s), basexx.from_base32(basexx.to_base32(s)) == s)
    line("crockford", basexx.to_crockford(s), basexx.from_crockford(basexx.to_crockford(s)) == s)
    line("base64", basexx.to_base64(s), basexx.from_base64(basexx.to_base64(s)) == s)
    line("url64", basexx.to_url64(s), basexx.from_url64(basexx.to_url64(s)) == s)
  end
  line("z85", basexx.to_z85("\134\79\210\111\181\89\247\91"), basexx.from_z85("HelloWorld") == "\134\79\210\111\181\89\247\91")
  line("bad", basexx.from_base64("a*b"), basexx.from_hex("xy"))
  line("ignored", basexx.from_base64("SGVs bG8=", " "))
  return text()
end
