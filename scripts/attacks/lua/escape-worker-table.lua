-- attack: Change what the worker says of itself.
-- mechanism: escape / the worker table
-- calls: 2
-- expect: answer "changed"
-- control: none: the table is the script's own

function run()
  worker.pid, worker.name, worker.mode = 1, "other", "async"
  return "changed"
end
