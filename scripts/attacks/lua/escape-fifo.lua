-- attack: Wait for ever for a pipe that nobody opens.
-- mechanism: escape / named pipe
-- grants: read:$DIR/granted
-- expect: any of answer "safe" | denied read | error
-- why: it is refused before it is opened
-- control: none: a pipe is refused whatever is granted

function run(_, dir) return io.open(dir .. "/granted/fifo") == nil and "safe" end
