-- attack: Read a variable of the parent's environment.
-- mechanism: escape / os.getenv
-- expect: answer "nil nil nil"
-- control: none: the child's environment is empty, and the parent grants none

function run()
  return tostring(os.getenv("SCRIPTHOST_ATTACK_SECRET")), tostring(os.getenv("PATH")), tostring(os.getenv("HOME"))
end
