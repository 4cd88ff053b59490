-- attack: Decode what is not JSON.
-- mechanism: json / malformed text in json.decode
-- expect: answer "ended"
-- control: none: such text is refused whatever the limits are

function run()
  for _, text in ipairs { "", "]", "],[", "1]", "[1", "{", '{"a"', '{"a":}', '"', '"\\', '"\\u12', '"\\ud800"', '"\\udc00\\ud800"', "\255", "nul", "1 2", "1,2", "NaN", "-", "1e", "\0", "[],[" , "//", '{"a":1,"a":2}' } do
    pcall(json.decode, text)
  end
  return "ended"
end
