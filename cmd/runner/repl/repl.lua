-- The worker's half of runner repl, for Lua. It is loaded as a custom serialiser
-- is: before the script, with globals of its own behind which it sees the script's.
-- What travels is a list of texts, separated by NULs.
--
-- The parent calls __repl(operation, text, name), which answers with a list whose first
-- text says what it is: "value" and the values shown, "more" for an input that is
-- not complete, "syntax" and a message, or "names", how long the name to complete
-- is, and names.

local _G, loadstring, pairs, pcall, rawget, select, setfenv, setmetatable, getmetatable, tostring, type, unpack =
  _G, loadstring, pairs, pcall, rawget, select, setfenv, setmetatable, getmetatable, tostring, type, unpack
local concat, sort = table.concat, table.sort
local byte, find, format, gsub, lower, match, rep, sub = string.byte, string.find, string.format, string.gsub,
  string.lower, string.match, string.rep, string.sub
local worker = worker

local maxDepth, maxItems, maxText, lineWidth, maxNames = 4, 100, 10000, 76, 500

local reserved = {}
for word in ("and break do else elseif end false for function if in local nil not or repeat return then true until while"):gmatch("%a+") do
  reserved[word] = true
end

local escapes = {["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t", ['"'] = '\\"', ["\\"] = "\\\\"}

local function quote(s)
  local more = #s - maxText
  if more > 0 then s = sub(s, 1, maxText) end
  s = gsub(s, '[%c"\\]', function(c) return escapes[c] or format("\\%03d", byte(c)) end)
  return '"' .. s .. '"' .. (more > 0 and format(" ... %d more bytes", more) or "")
end

local show

local function before(a, b)
  local ta, tb = type(a), type(b)
  if ta ~= tb then return ta < tb end
  if ta == "number" or ta == "string" then return a < b end
  return tostring(a) < tostring(b)
end

-- entries are the texts of what is in a table: the list 1..n first, then the rest by
-- their keys.
local function entries(t, depth, path)
  local list, n = {}, 0
  while rawget(t, n + 1) ~= nil and n < maxItems do
    n = n + 1
    list[n] = show(rawget(t, n), depth + 1, path)
  end
  local keys, count = {}, 0
  for key in pairs(t) do
    if not (type(key) == "number" and key >= 1 and key <= n and key % 1 == 0) then
      count = count + 1
      if count <= 10 * maxItems then keys[count] = key end
    end
  end
  sort(keys, before)
  for i = 1, #keys do
    if n >= maxItems then break end
    n = n + 1
    local key = keys[i]
    local name = type(key) == "string" and match(key, "^[%a_][%w_]*$") and not reserved[key] and key
      or "[" .. show(key, maxDepth, path) .. "]"
    list[n] = name .. " = " .. show(rawget(t, key), depth + 1, path)
    count = count - 1
  end
  if count > 0 then list[#list + 1] = format("... %d more", count) end
  return list
end

function show(value, depth, path)
  local kind = type(value)
  if kind == "string" then return quote(value) end
  if kind ~= "table" then return tostring(value) end
  local meta = getmetatable(value)
  if type(meta) == "table" and rawget(meta, "__tostring") then
    local ok, text = pcall(tostring, value)
    if ok then return text end
    return "<a table whose __tostring fails>"
  end
  if path[value] then return "<cycle>" end
  if depth >= maxDepth then return next(value) == nil and "{}" or "{...}" end
  path[value] = true
  local list = entries(value, depth, path)
  path[value] = nil
  local line = "{" .. concat(list, ", ") .. "}"
  if #line + 2 * depth <= lineWidth and not find(line, "\n", 1, true) then return line end
  local indent = "\n" .. rep("  ", depth + 1)
  return "{" .. indent .. concat(list, "," .. indent) .. "\n" .. rep("  ", depth) .. "}"
end

local function isReply() end -- its address marks replies

local function reply(...) return setmetatable({...}, {__metatable = false, mark = isReply}), isReply end

local function endsInside(message) -- whether an input may go on
  return find(message, "near <eof>", 1, true) and not find(message, "unterminated string", 1, true)
end

local function shown(...)
  local list, n = {"value"}, select("#", ...)
  for i = 1, n do list[i + 1] = show((select(i, ...)), 0, {}) end
  return reply(unpack(list, 1, n + 1))
end

local function begin()
  local main = package.main
  if type(main) == "table" then
    for key, value in pairs(main) do
      if type(key) == "string" and rawget(_G, key) == nil then _G[key] = value end
    end
  end
  return reply("value")
end

local function evaluate(text, name)
  local fn, asExpression = loadstring("return " .. text, "=" .. name)
  local asStatements
  if not fn then fn, asStatements = loadstring(text, "=" .. name) end
  if fn then
    setfenv(fn, _G)
    return shown(fn())
  end
  if endsInside(asExpression) or endsInside(asStatements) then return reply("more", asStatements) end
  if match(text, "^%s*[%d\"'{(#-]") then return reply("syntax", asExpression) end
  return reply("syntax", asStatements)
end

local function namesIn(value, names)
  for _ = 1, 10 do
    if type(value) == "string" then value = _G.string end
    if type(value) ~= "table" then return end
    for key in pairs(value) do
      if type(key) == "string" and match(key, "^[%a_][%w_]*$") then names[key] = true end
    end
    local meta = getmetatable(value)
    value = type(meta) == "table" and rawget(meta, "__index") or nil
  end
end

-- field is value[key], without running any function.
local function field(value, key)
  for _ = 1, 10 do
    if type(value) == "string" then value = _G.string end
    if type(value) ~= "table" then return nil end
    local found = rawget(value, key)
    if found ~= nil then return found end
    local meta = getmetatable(value)
    value = type(meta) == "table" and rawget(meta, "__index") or nil
  end
end

local function complete(text)
  local path, name = match(text, "([%w_.:]*[.:])([%w_]*)$")
  if not path then path, name = "", match(text, "[%w_]*$") end
  local names = {}
  if path == "" then
    for word in pairs(reserved) do names[word] = true end
    namesIn(_G, names)
    names.__repl = nil
  else
    local value, first = nil, true
    for key in path:gmatch("[%w_]+") do
      if first then value = _G[key] else value = field(value, key) end -- a global may be made when it is read
      first = false
    end
    if value ~= nil then namesIn(value, names) end
  end
  local list = {}
  for candidate in pairs(names) do
    if sub(candidate, 1, #name) == name then list[#list + 1] = candidate end
  end
  sort(list)
  for i = maxNames + 1, #list do list[i] = nil end
  return reply("names", format("%d", #name), unpack(list))
end

local operations = {begin = begin, evaluate = evaluate, complete = complete}

_G.__repl = function(first, second, third, fourth)
  if worker.mode == "async" then
    first(operations[second](third, fourth))
    return
  end
  return operations[first](second, third)
end

local function freeze(...)
  local list, n = {}, select("#", ...)
  local first, mark = ...
  if n == 2 and mark == isReply then
    for i = 1, #first do list[i] = first[i] end
  else
    for i = 1, n do
      local value = select(i, ...)
      list[i] = type(value) == "string" and value or show(value, 0, {})
    end
  end
  for i = 1, #list do list[i] = gsub(list[i], "%z", "\\0") end
  return concat(list, "\0")
end

local function thaw(octets)
  local list, at = {}, 1
  while true do
    local stop = find(octets, "\0", at, true)
    list[#list + 1] = sub(octets, at, (stop or 0) - 1)
    if not stop then return unpack(list) end
    at = stop + 1
  end
end

return freeze, thaw
