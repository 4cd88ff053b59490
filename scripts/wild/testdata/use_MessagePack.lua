local mp = require "MessagePack"
local line, text = require("report").new()

local function hex(s) return (s:gsub(".", function(c) return string.format("%02x", c:byte()) end)) end

function run()
  for _, v in ipairs{
    0, 1, 127, 128, 255, 256, 65535, 65536, 2^31, 2^32 - 1, 2^32, 2^52, -1, -32, -33, -128, -129, -32768, -32769, -2^31, -2^31 - 1, 0.5, -0.1, 1e300, 1 / 0, -1 / 0,
    true, false, "", "a", string.rep("x", 31), string.rep("y", 32), string.rep("z", 300), "\0\255", {}, {1, 2, 3}, {a = 1}, {1, {2, {3, {}}}},
  } do
    local packed = mp.pack(v)
    line("pack", #packed < 40 and hex(packed) or #packed, mp.unpack(packed))
  end
  line("nil", hex(mp.pack(nil)), mp.unpack(mp.pack(nil)))
  line("sizes", #mp.pack((function() local t = {} for i = 1, 70000 do t[i] = i end return t end)()))
  local items = {}
  for _, v in mp.unpacker(mp.pack(1) .. mp.pack("two") .. mp.pack{3}) do items[#items + 1] = v end
  line("unpacker", items)
  line("bad", (pcall(mp.unpack, "\193")), (pcall(mp.unpack, "\217")), (pcall(mp.unpack, "\1\2")), (pcall(mp.pack, print)))
  mp.set_string "binary"
  line("binary", hex(mp.pack("ab")))
  mp.set_number "float"
  line("float", hex(mp.pack(0.5)))
  return text()
end
