-- attack: Ask for positions of levels that there are not.
-- mechanism: stack / levels of error
-- expect: answer "x x x"
-- control: none: there are no such levels

function run()
  local function text(level)
    local _, err = pcall(error, "x", level)
    return err
  end
  return text(2 ^ 40), text(-2 ^ 40), text(1e9)
end
