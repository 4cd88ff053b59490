-- attack: Decode a list that takes many times its text.
-- mechanism: json / length of a list in json.decode
-- limits: time=3s
-- expect: any of limit memory | deadline
-- why: near the limit it is collecting garbage that takes the time, and the end of either may come first
-- control: limits=memory=4G time=30s expect answer "ended"

function run()
  json.decode("[" .. ("[],"):rep(2000000) .. "[]]")
  return "ended"
end
