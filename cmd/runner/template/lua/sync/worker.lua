-- run is called with the arguments of a call. What it returns is the answer; an
-- error that it does not catch is the call's error.
function run(name)
  if name == nil or name == "" then
    error("who is to be greeted? Give a name")
  end
  event("greeted", name) -- sent at once, before the answer
  return "Hello, " .. name .. "!"
end
