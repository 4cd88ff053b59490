-- attack: Compile functions and keep them.
-- mechanism: memory / compiled functions
-- limits: time=1s memory=16M
-- expect: any of limit memory | deadline
-- why: near the limit it is collecting garbage that takes the time, and the end of either may come first
-- control: limits=memory=2G time=30s expect answer "ended"

function run()
  local t, text = {}, ("local x = 1 "):rep(190)
  for i = 1, 1500 do t[i] = loadstring(text) end
  return "ended"
end
