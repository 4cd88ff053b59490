local _ = require "moses"
local line, text = require("report").new()

function run()
  line("map", _.map({1, 2, 3}, function(v) return v * 2 end))
  line("reduce", _.reduce({1, 2, 3, 4}, function(a, b) return a + b end), _.mapReduce({1, 2, 3}, function(a, b) return a .. b end))
  line("filter", _.select({1, 2, 3, 4}, function(v) return v % 2 == 0 end), _.reject({1, 2, 3}, function(v) return v == 2 end))
  line("group", _.groupBy({1, 2, 3, 4, 5}, function(v) return v % 2 == 0 and "even" or "odd" end), _.countBy({"a", "bb", "c"}, function(v) return #v end))
  line("sort", _.sortBy({3, 1, 2}), _.sort({"b", "a", "C"}))
  line("sets", _.union({1, 2}, {2, 3}), _.intersection({1, 2, 3}, {2, 3, 4}), _.difference({1, 2, 3}, {2}), _.uniq({1, 1, 2}))
  line("arrays", _.flatten({1, {2, {3}}}), _.zip({1, 2}, {"a", "b"}), _.range(1, 10, 3), _.chunk({1, 1, 2, 2}, function(v) return v end), _.slice({1, 2, 3, 4}, 2, 3), _.rep(5, 3))
  local parts = {}
  for p in _.partition({1, 2, 3, 4, 5}, 2) do parts[#parts + 1] = p end
  line("partition", parts)
  local perms = {}
  for p in _.permutation({1, 2, 3}) do perms[#perms + 1] = table.concat(p) end
  table.sort(perms)
  line("permutation", perms)
  line("objects", _.pick({a = 1, b = 2, c = 3}, "a", "c"), _.omit({a = 1, b = 2}, "a"), _.extend({a = 1}, {b = 2}), _.invert({"x", "y"}), _.isEqual({1, {2}}, {1, {2}}))
  line("functions", _.compose(function(x) return x + 1 end, function(x) return x * 2 end)(5), _.partial(function(a, b) return a - b end, 10)(3), _.curry(function(a, b, c) return a + b + c end, 3)(1)(2)(3))
  local calls = 0
  local once, memo = _.once(function() calls = calls + 1 return calls end), _.memoize(function(x) calls = calls + 1 return x * x end)
  line("once", once(), once(), memo(4), memo(4), calls)
  line("chain", _.chain({1, 2, 3, 4}):filter(function(v) return v > 1 end):map(function(v) return v * v end):sum():value())
  line("numbers", _.sum({1, 2, 3}), _.mean({1, 2, 3}), _.median({3, 1, 2}), _.max({1, 5, 2}), _.min({4, 2}), _.product({2, 3, 4}))
  return text()
end
