-- attack: Take the globals away from all that runs.
-- mechanism: escape / setfenv of the thread
-- calls: 3
-- expect: any of answer "1" | answer "2" | answer "3" | error
-- why: a script may break itself
-- control: none: it reaches its own VM only

function run(n)
  pcall(setfenv, 0, {})
  pcall(setfenv, 1, {})
  return n
end
