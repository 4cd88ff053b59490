local URI = require "uri"
local line, text = require("report").new()

function run()
  for _, s in ipairs{
    "http://User@Example.COM:80/a/../b/./c?q=1#f", "https://example.com", "ftp://ftp.example.com/file;type=i", "mailto:a@b.c", "file:///etc/passwd",
    "urn:isbn:0-395-36341-1", "urn:oid:1.2.3", "data:text/plain;base64,SGVsbG8=", "pop://user;auth=*@host", "rtsp://x/y", "//host/p", "a/b", "", "http://[::1]/", "http://%41%7e/%7Euser",
    "http://bad host/", "http://a:99999/", "1x:y", "http://x/%zz", "urn:isbn:123",
  } do
    local ok, u, err = pcall(URI.new, URI, s)
    if ok and u then
      line(s, tostring(u), u:scheme(), u:host(), u:port(), u:path(), u:query(), u:fragment(), u:is_relative())
    else
      line(s, ok, err ~= nil)
    end
  end
  local base = "http://a/b/c/d;p?q"
  for _, s in ipairs{"g:h", "g", "./g", "g/", "/g", "//g", "?y", "g?y", "#s", "g#s", ";x", "", ".", "..", "../g", "../../g", "../../../g"} do
    line("resolve " .. s, tostring(assert(URI:new(s, base))))
  end
  local u = assert(URI:new("http://x/a"))
  u:host("y.example") u:path("/b") u:query("k=v") u:fragment("z")
  line("changed", tostring(u), u == URI:new("http://y.example/b?k=v#z"), URI.eq("http://X/", "http://x"))
  local data = assert(URI:new("data:text/plain;charset=utf-8,a%20b"))
  line("data", data:data_media_type(), data:data_bytes())
  return text()
end
