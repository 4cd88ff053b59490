-- attack: Unpack more than there can be.
-- mechanism: memory / unpack
-- expect: answer "false false false"
-- control: none: the bound on a thread's registers cannot be changed

function run()
  return (pcall(unpack, {}, 1, 2 ^ 31)), (pcall(unpack, {}, -2 ^ 53, 2 ^ 53)), (pcall(unpack, {}, 1, 2 ^ 24))
end
