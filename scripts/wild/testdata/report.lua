-- Lines of text that say the same in every Lua: the keys of tables are sorted, and
-- what has an address is shown by its type.
local report = {}

local function write(value, depth)
  local kind = type(value)
  if kind == "string" then
    return (string.format("%q", value):gsub("\\\n", "\\n"):gsub("\r", "\\r"):gsub("%z", "\\0"))
  elseif kind == "number" then
    if value ~= value then return "nan" end
    return string.format("%.14g", value)
  elseif kind ~= "table" then
    return (kind == "nil" or kind == "boolean") and tostring(value) or kind
  elseif depth > 6 then
    return "{...}"
  end
  local parts, n = {}, #value
  for i = 1, n do parts[i] = write(rawget(value, i), depth + 1) end
  local keyed = {}
  for k, v in next, value do
    if not (type(k) == "number" and k >= 1 and k <= n and k % 1 == 0) then
      keyed[#keyed + 1] = "[" .. write(k, depth + 1) .. "]=" .. write(v, depth + 1)
    end
  end
  table.sort(keyed)
  for _, part in ipairs(keyed) do parts[#parts + 1] = part end
  return "{" .. table.concat(parts, ",") .. "}"
end

-- new returns a function that adds a line of a label and values, and one that
-- returns all lines.
function report.new()
  local lines = {}
  local function line(label, ...)
    local parts = {}
    for i = 1, select("#", ...) do parts[i] = write((select(i, ...)), 0) end
    lines[#lines + 1] = label .. ": " .. table.concat(parts, " ")
  end
  return line, function() return table.concat(lines, "\n") .. "\n" end
end

return report
