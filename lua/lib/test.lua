-- Tests as people write them for busted: they are collected while the script loads,
-- and run when the parent asks for them.
local native = ...
local pcall, error, type, tostring, pairs, ipairs, select = pcall, error, type, tostring, pairs, ipairs, select
local setmetatable, getmetatable, rawget, rawequal, next, unpack = setmetatable, getmetatable, rawget, rawequal, next, unpack
local concat, sort, insert, remove = table.concat, table.sort, table.insert, table.remove
local format, rep = string.format, string.rep

-- Values as failures show them ----------------------------------------------------

local function key_order(a, b)
  if type(a) == type(b) and (type(a) == "number" or type(a) == "string") then return a < b end
  return tostring(a) < tostring(b)
end

local function write(value, indent, path, depth)
  if type(value) == "string" then return (format("%q", value):gsub("\\\n", "\n")) end
  if type(value) ~= "table" then return tostring(value) end
  local meta = getmetatable(value)
  if type(meta) == "table" and meta.__tostring then return tostring(value) end
  if path[value] then return "{...}" end
  if depth > 20 then return "{ ... }" end
  path[value] = true
  local keys, list = {}, #value
  for key in pairs(value) do
    if not (type(key) == "number" and key >= 1 and key <= list and key % 1 == 0) then keys[#keys + 1] = key end
  end
  sort(keys, key_order)
  local lines, deeper = {}, indent .. "  "
  for i = 1, list do lines[#lines + 1] = deeper .. write(value[i], deeper, path, depth + 1) .. "," end
  for _, key in ipairs(keys) do
    local label = type(key) == "string" and key:match("^[%a_][%w_]*$") and key or "[" .. write(key, deeper, path, depth + 1) .. "]"
    lines[#lines + 1] = deeper .. label .. " = " .. write(value[key], deeper, path, depth + 1) .. ","
  end
  path[value] = nil
  if #lines == 0 then return "{}" end
  return "{\n" .. concat(lines, "\n") .. "\n" .. indent .. "}"
end

local function lines_of(value) return write(value, "", {}, 0) end

local function show(value)
  local line = lines_of(value):gsub(",\n%s*}", " }"):gsub("\n%s*", " ")
  if #line > 200 then line = line:sub(1, 197) .. "..." end
  return line
end

local function same(a, b, path)
  if rawequal(a, b) or a ~= a and b ~= b then return true end
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  if path[a] == b then return true end
  path[a] = b
  for key, value in pairs(a) do
    if b[key] == nil or not same(value, b[key], path) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

-- assert ----------------------------------------------------------------------------

local failure_meta = { __tostring = function(f) return f.message end }

local function fail(message, compared, actual, expected)
  local f = { message = message }
  if compared then f.actual, f.expected = lines_of(actual), lines_of(expected) end
  error(setmetatable(f, failure_meta), 0)
end

local spies = setmetatable({}, { __mode = "k" })
local function spy_of(value)
  local s = spies[value]
  if not s then error(show(value) .. " is no spy: make it with spy.new() or spy.on()", 0) end
  return s
end

local function error_text(e)
  if type(e) == "table" and e.message ~= nil then return tostring(e.message) end
  return tostring(e)
end
-- without_position is the text of an error without "file:line: ".
local function without_position(text) return (text:gsub("^[^\n]-:%d+: ", "")) end

local function is_type(name)
  return function(value) return type(value) == name, "to be a " .. name end
end

-- Each returns whether it is so, and "expected VALUE [not] ...".
local assertions = {
  equal = function(expected, actual) return rawequal(expected, actual) or expected == actual, "to be " .. show(expected), actual, expected end,
  same = function(expected, actual) return same(expected, actual, {}), "to be the same as " .. show(expected), actual, expected end,
  ["true"] = function(value) return value == true, "to be true" end,
  ["false"] = function(value) return value == false, "to be false" end,
  ["nil"] = function(value) return value == nil, "to be nil" end,
  truthy = function(value) return value and true or false, "to be truthy" end,
  falsy = function(value) return not value, "to be falsy" end,
  boolean = is_type "boolean", number = is_type "number", string = is_type "string", table = is_type "table",
  ["function"] = is_type "function", userdata = is_type "userdata", thread = is_type "thread",
  near = function(expected, actual, tolerance) return actual >= expected - tolerance and actual <= expected + tolerance, "to be near " .. show(expected) end,
  matches = function(pattern, actual, init, plain)
    return type(actual) == "string" and actual:find(pattern, init, plain) ~= nil, "to match " .. show(pattern)
  end,
  error = function(fn, expected)
    if type(fn) ~= "function" then error("has_error: the first argument must be a function, not " .. show(fn), 0) end
    local ok, e = pcall(fn)
    local wanted = expected == nil and "to fail" or "to fail with " .. show(expected)
    local got = ok and ", and it did not fail" or ", and it failed with " .. show(type(e) == "string" and e or error_text(e))
    if ok or expected == nil then return not ok, wanted .. got end
    if type(expected) == "string" then return error_text(e) == expected or without_position(error_text(e)) == expected, wanted .. got end
    return same(expected, e, {}), wanted .. got
  end,
  error_matches = function(fn, pattern, init, plain)
    local ok, e = pcall(fn)
    local got = ok and ", and it did not fail" or ", and it failed with " .. show(error_text(e))
    return not ok and error_text(e):find(pattern, init, plain) ~= nil, "to fail with what matches " .. show(pattern) .. got
  end,
  called = function(value, times)
    local n = #spy_of(value).calls
    if times == nil then return n > 0, "to have been called" end
    return n == times, format("to have been called %d times, and it was called %d times", times, n)
  end,
  called_with = function(value, ...)
    local want = { ... }
    local seen = {}
    for i, call in ipairs(spy_of(value).calls) do
      if same(want, call, {}) then return true, "to have been called with " .. show(want) end
      if i <= 5 then seen[i] = show(call) end
    end
    return false, "to have been called with " .. show(want) .. (seen[1] and ", and it was called with " .. concat(seen, ", ") or ", and it was not called")
  end,
}
for name, of in pairs { equals = "equal", errors = "error", match = "matches" } do
  assertions[name] = assertions[of]
end
assertions.error_match = assertions.error_matches
assertions.called_at_least = function(value, times) return #spy_of(value).calls >= times, format("to have been called at least %d times", times) end

-- values that are not what is looked at, but what it is to be, come first in these.
local second = { equal = true, equals = true, same = true, near = true, matches = true, match = true }
local filling = { is = true, are = true, has = true, have = true, was = true, were = true, be = true, does = true, a = true, an = true, the = true, to = true }
local function step(words, negated, of)
  return setmetatable({}, {
    __index = function(_, key)
      local list, no = {}, negated
      for i, word in ipairs(words) do list[i] = word end
      for word in tostring(key):lower():gmatch("[^_]+") do
        if word == "not" or word == "no" then no = not no
        elseif not filling[word] then list[#list + 1] = word end
      end
      return step(list, no, of)
    end,
    __call = function(_, ...)
      local name = concat(words, "_")
      if name == "spy" or name == "stub" then return step({}, negated, { (...) }) end
      local assertion = assertions[name]
      if not assertion then
        local known = {}
        for k in pairs(assertions) do known[#known + 1] = k end
        sort(known)
        error("assert has no " .. show(name) .. ": there are " .. concat(known, ", "), 0)
      end
      local n, args = select("#", ...), { ... }
      if of then insert(args, 1, of[1]); n = n + 1 end
      local ok, wanted, actual, expected = assertion(unpack(args, 1, n))
      if ok ~= negated then return ... end
      local value = second[name] and args[2] or args[1]
      if second[name] and n < 2 then value = nil end
      local subject = (name:find("error") or name:find("called")) and "it" or show(value)
      fail("expected " .. subject .. (negated and " not " or " ") .. wanted, second[name] and not negated and name ~= "near" and not name:find("match"), actual, expected)
    end,
  })
end

local plain_assert = assert
local root = step({}, false)
local assert_table = setmetatable({}, {
  __index = function(_, key) return root[key] end,
  __call = function(_, ...) return plain_assert(...) end,
})

-- spies -----------------------------------------------------------------------------

local function new_spy(fn)
  local s = { calls = {}, returned = {} }
  local object = setmetatable({}, {
    __call = function(_, ...)
      s.calls[#s.calls + 1] = { ... }
      if fn then return fn(...) end
    end,
    __index = { calls = s.calls, clear = function(self) for i = #s.calls, 1, -1 do s.calls[i] = nil end return self end },
  })
  spies[object] = s
  return object
end
local replaced = {}
local function replace(object, name, with)
  replaced[#replaced + 1] = { object, name, rawget(object, name) }
  object[name] = with
  return with
end
local function restore(n)
  while #replaced > n do
    local r = remove(replaced)
    r[1][r[2]] = r[3]
  end
end
local spy = {
  new = function(fn) return new_spy(fn) end,
  on = function(object, name)
    if type(object[name]) ~= "function" then error("spy.on: there is no function " .. show(name), 2) end
    return replace(object, name, new_spy(object[name]))
  end,
}
local stub = function(object, name, ...)
  local results, n = { ... }, select("#", ...)
  return replace(object, name, new_spy(function() return unpack(results, 1, n) end))
end

-- fake time ---------------------------------------------------------------------------

-- For what the tests load into their own VM: sleep, timer and the clocks.
local fake
local function fake_now() return fake.now end
local function due(to)
  local first
  for t in pairs(fake.timers) do
    if t.when <= to and (not first or t.when < first.when or t.when == first.when and t.id < first.id) then first = t end
  end
  return first
end
local function advance(seconds)
  if not fake then error("there is no fake time: call fake_time() first", 2) end
  if not (seconds >= 0) then error("time cannot go back", 2) end
  local to = fake.now + seconds
  while true do
    local t = due(to)
    if not t then break end
    fake.now = t.when > fake.now and t.when or fake.now
    if t.every then t.when = fake.now + t.every else fake.timers[t] = nil end
    t.fn()
    if not fake then return end
  end
  if fake.now < to then fake.now = to end
end
local function real_time()
  if not fake then return end
  for name, value in pairs(fake.real) do _G[name] = value end
  os.time, os.clock = fake.os_time, fake.os_clock
  fake = nil
end
local function fake_time(start)
  real_time()
  local real_os_time = os.time
  fake = { now = start or real_os_time(), timers = {}, last = 0, real = { sleep = sleep, timer = timer, time = time }, os_time = os.time, os_clock = os.clock }
  local began = fake.now
  local function new_timer(seconds, fn, every)
    fake.last = fake.last + 1
    local t = { id = fake.last, fn = fn, when = fake.now + seconds, every = every and (seconds > 0 and seconds or 0.001) or nil }
    fake.timers[t] = true
    return { cancel = function() if fake then fake.timers[t] = nil end end }
  end
  sleep = function(seconds) advance(seconds) end
  timer = { after = function(s, fn) return new_timer(s, fn) end, every = function(s, fn) return new_timer(s, fn, true) end }
  local real = fake.real.time
  time = setmetatable({ now = fake_now, monotonic = function() return fake.now - began end }, { __index = real })
  os.time = function(t) if t then return real_os_time(t) end return math.floor(fake.now) end
  os.clock = function() return fake.now - began end
end

-- The worker under test -----------------------------------------------------------------

local open, by_id = {}, {}
local Worker = {}
Worker.__index = Worker

local function take(worker, reply, news)
  for _, event in ipairs(news.events) do worker.events[#worker.events + 1] = event end
  for _, log in ipairs(news.logs) do worker.logs[#worker.logs + 1] = log end
  if reply.error then error(native.thrown(reply.error), 0) end
  return reply
end
local function ask(worker, what, ...)
  worker._turn = worker._turn + 1
  return native.begin(what, worker._id, worker._turn, ...)
end
local function forget(worker)
  for i, w in ipairs(open) do
    if w == worker then remove(open, i) break end
  end
end

local Call = {}
Call.__index = Call
function Call:wait()
  if not self.done then
    local ok, reply = pcall(function() return take(self.worker, self._wait()) end)
    self.done = true
    if ok then self.results = reply.results else self.error = reply end
  end
  if self.error ~= nil then error(self.error, 0) end
  return unpack(self.results)
end

local function start(worker, name, args)
  local call = setmetatable({ worker = worker, ["function"] = name ~= "" and name or "run", args = args }, Call)
  call._wait = ask(worker, "call", name, native.array(args))
  worker.calls[#worker.calls + 1] = call
  return call
end
function Worker:start(...) return start(self, "", { ... }) end
function Worker:start_function(name, ...) return start(self, name, { ... }) end
function Worker:call(...) return start(self, "", { ... }):wait() end
function Worker:call_function(name, ...) return start(self, name, { ... }):wait() end
function Worker:advance(seconds) take(self, ask(self, "advance", seconds * 1000)()) end
function Worker:close() forget(self) take(self, ask(self, "close")()) end
function Worker:kill() forget(self) take(self, ask(self, "kill")()) end

local option_names = { init_args = "initArgs", fake_time = "fakeTime" }
local function load(file, options)
  if type(file) ~= "string" or file == "" then error("load: the first argument is the name of the worker's file", 2) end
  local settings, functions, names = {}, {}, {}
  for key, value in pairs(options or {}) do
    if key == "host" then
      local function add(prefix, of)
        for name, fn in pairs(of) do
          if type(fn) == "table" and not getmetatable(fn) then add(prefix .. name .. ".", fn) else
            functions[prefix .. name] = fn
            names[#names + 1] = prefix .. name
          end
        end
      end
      add("", value)
    elseif key == "timeout" then settings.timeout = value * 1000
    elseif key == "clock" and type(value) == "number" then settings.clock = native.time(value)
    elseif key == "init_args" then settings.initArgs = native.array(value)
    else settings[option_names[key] or key] = value end
  end
  sort(names)
  settings.host = native.array(names)
  local reply = native.begin("load", file, native.text(settings))()
  if reply.error then error(native.thrown(reply.error), 0) end
  local worker = setmetatable({
    _id = reply.id, _turn = 0, _host = functions, script = reply.script, functions = reply.functions,
    events = {}, calls = {}, host_calls = {}, logs = {},
  }, Worker)
  open[#open + 1] = worker
  by_id[reply.id] = worker
  return worker
end
local function close_since(n)
  while #open > n do open[#open]:kill() end
end

-- Collecting and running ------------------------------------------------------------------

local function new_suite(name, parent, mode)
  return { name = name, parent = parent, mode = mode, children = {}, before_each = {}, after_each = {}, setup = {}, teardown = {} }
end
local top = new_suite("", nil, "run")
local tests, current, running = {}, top, false
local some_only = false

local function refuse(what)
  if running then error(what .. " cannot be called inside a test: tests are collected before the first one runs", 3) end
end
local function describe(name, fn, mode)
  refuse("describe")
  if fn ~= nil and type(fn) ~= "function" then error("describe: the second argument must be a function", 2) end
  local s = new_suite(tostring(name), current, mode or "run")
  insert(current.children, s)
  if not fn then return end
  current = s
  local ok, e = pcall(fn)
  current = s.parent
  if not ok then native.rethrow(e) end
end
local function it(name, fn, mode)
  refuse("it")
  if fn ~= nil and type(fn) ~= "function" then error("it: the second argument must be a function", 2) end
  local t = { id = #tests, name = tostring(name), fn = fn, mode = fn and mode or (fn and "run" or "todo"), parent = current, at = native.where() }
  if mode == "todo" then t.mode = "todo" end
  insert(current.children, t)
  tests[#tests + 1] = t
  if mode == "only" then some_only = true end
end
local function hook(kind, shown)
  return function(fn)
    refuse(shown or kind)
    if type(fn) ~= "function" then error((shown or kind) .. ": the argument must be a function", 2) end
    insert(current[kind], fn)
  end
end
local function mode_of(t)
  if t.mode == "todo" then return "todo" end
  local s, wanted = t, not some_only
  while s do
    if s.mode == "skip" then return "skip" end
    if s.mode == "only" then wanted = true end
    s = s.parent
  end
  return wanted and "run" or "skip"
end
local function path_of(t)
  local path = {}
  while t ~= top do insert(path, 1, t.name) t = t.parent end
  return native.array(path)
end

local skipping = {}
local finals -- of the test that runs
local function attempt(fn, failures)
  local ok, e = pcall(fn)
  if not ok and e ~= skipping then failures[#failures + 1] = native.failure(e) end
  return ok, e
end

local tools = {}
function tools.list(done)
  local list = {}
  for i, t in ipairs(tests) do
    list[i] = { name = path_of(t), mode = mode_of(t), file = t.at.file, line = t.at.line }
  end
  done(native.array(list))
end

function tools.fake(done, id, name, args)
  local worker = by_id[id]
  worker.host_calls[#worker.host_calls + 1] = { name, unpack(args) }
  done(worker._host[name](unpack(args)))
end

function tools.run(done, ids)
  local wanted = {}
  for _, id in ipairs(ids) do wanted[id] = true end
  running = true
  local function has(s)
    if s.id then return wanted[s.id] end
    for _, child in ipairs(s.children) do if has(child) then return true end end
    return false
  end
  local function selected(s, list)
    if s.id then
      if wanted[s.id] then list[#list + 1] = s end
    else
      for _, child in ipairs(s.children) do selected(child, list) end
    end
    return list
  end
  local function run_test(t)
    done.event("begin", t.id)
    local before, stubs = #open, #replaced
    local failures, suites, ready = {}, {}, true
    local s = t.parent
    while s do insert(suites, 1, s) s = s.parent end
    finals = {}
    for _, suite in ipairs(suites) do
      for _, fn in ipairs(suite.before_each) do ready = ready and attempt(fn, failures) end
    end
    local skipped = false
    if ready then
      local _, e = attempt(t.fn, failures)
      skipped = e == skipping
    end
    for _, fn in ipairs(finals) do attempt(fn, failures) end
    for i = #suites, 1, -1 do
      for j = #suites[i].after_each, 1, -1 do attempt(suites[i].after_each[j], failures) end
    end
    restore(stubs)
    real_time()
    close_since(before)
    done.event("end", t.id, native.array(failures), skipped)
  end
  local function run_suite(s)
    local before, stubs = #open, #replaced
    local failures = {}
    for _, fn in ipairs(s.setup) do
      if not attempt(fn, failures) then break end
    end
    for _, child in ipairs(s.children) do
      if has(child) then
        if failures[1] then
          for _, t in ipairs(selected(child, {})) do
            done.event("begin", t.id)
            done.event("end", t.id, native.array(failures), false)
          end
        elseif child.id then run_test(child)
        else run_suite(child) end
      end
    end
    local late = {}
    for i = #s.teardown, 1, -1 do attempt(s.teardown[i], late) end
    restore(stubs)
    close_since(before)
    if late[1] then done.event("suite", path_of(s), native.array(late)) end
  end
  run_suite(top)
  running = false
  done()
end

local function pending(name, fn)
  if running then error(skipping, 0) end
  it(name, nil, "todo")
end

local api = {
  describe = describe, context = describe, insulate = describe, it = it, spec = it, test = it, pending = pending,
  before_each = hook("before_each"), after_each = hook("after_each"),
  setup = hook("setup"), teardown = hook("teardown"), lazy_setup = hook("setup", "lazy_setup"), lazy_teardown = hook("teardown", "lazy_teardown"),
  strict_setup = hook("setup", "strict_setup"), strict_teardown = hook("teardown", "strict_teardown"),
  finally = function(fn) if not running then error("finally is for tests", 2) end insert(finals, fn) end,
  spy = setmetatable(spy, { __call = function(_, fn) return new_spy(fn) end }), stub = stub,
  assert = assert_table,
}
local module = { load = load, fake_time = fake_time, real_time = real_time, advance = advance }
for name, value in pairs(api) do module[name] = value end
module.skip = { it = function(name, fn) it(name, fn or function() end, "skip") end, describe = function(name, fn) describe(name, fn, "skip") end }
module.only = { it = function(name, fn) it(name, fn, "only") end, describe = function(name, fn) some_only = true describe(name, fn, "only") end }
return api, module, tools
