function run(name)
  if not name then error("who?") end
  event("greeted", name)
  return "Hello, " .. name, #name
end
function titled(name) return host.title(name) end
function fail() error({ code = 7 }) end
function twice(n) return n * 2 end
