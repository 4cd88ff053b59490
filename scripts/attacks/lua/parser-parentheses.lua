-- attack: Blow the parser's stack with parentheses.
-- mechanism: parser / nested parentheses in the source
-- repeat: OPEN 1000000 (
-- expect: any of load script | load exit | load limit memory
-- control: none: TODO
function run() return @OPEN@ end
