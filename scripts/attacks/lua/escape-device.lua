-- attack: Read without end from a device.
-- mechanism: escape / device behind a link
-- grants: read:$DIR/granted,read:/dev
-- expect: any of answer "safe" | denied read | error
-- why: devices are refused even where they are granted
-- control: none: a device is refused whatever is granted

function run(_, dir)
  local a = io.open(dir .. "/granted/zero")
  local b = io.open("/dev/zero")
  return a == nil and b == nil and "safe"
end
