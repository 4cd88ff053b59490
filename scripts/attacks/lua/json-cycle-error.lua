-- attack: Throw a value that contains itself.
-- mechanism: json / cycle in an error's value
-- expect: error table value
-- control: none: there is no form for it

function run()
  local t = {}
  t.t = t
  error(t)
end
