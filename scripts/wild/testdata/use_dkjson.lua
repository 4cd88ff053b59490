local json = require "dkjson"
local line, text = require("report").new()

function run()
  line("version", json.version)
  local value = {
    name = "x", list = {1, 2.5, -3, 1e10}, nested = {a = {b = {c = {}}}},
    text = 'quotes " and \\ and \n and \1 and \195\164', yes = true, no = json.null,
  }
  local encoded = json.encode(value, {indent = true, keyorder = {"name", "list", "nested", "text", "yes", "no"}})
  line("encoded", encoded)
  local decoded, pos, err = json.decode(encoded, 1, nil)
  line("decoded", decoded, pos, err)
  line("null", (json.decode("[1,null,2]", 1, json.null))[2] == json.null)
  for _, bad in ipairs{"", "[1,", "{a:1}", '"open', "[1 2]", "nul", "{\"a\":}"} do
    line("bad " .. bad, json.decode(bad))
  end
  line("unicode", json.decode([["\u00e4\ud83d\ude00\u20ac\/"]]))
  line("comments", json.decode("/* c */ [1, // x\n 2]"))
  line("arrays", json.encode({}), json.encode(setmetatable({}, {__jsontype = "object"})), json.encode({n = 2, 1, 2}))
  line("exception", json.encode({1, print}, {exception = function(reason) return json.encode(reason) end}))
  line("tojson", json.encode(setmetatable({}, {__tojson = function() return '"mine"' end})))
  local list = {}
  for i = 1, 2000 do list[i] = {id = i, name = "number " .. i, odd = i % 2 == 1} end
  local big = json.encode(list)
  local back = json.decode(big)
  line("big", #big, #back, back[1999])
  return text()
end
