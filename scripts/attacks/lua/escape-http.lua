-- attack: Ask for addresses that nobody granted, in every way to write them.
-- mechanism: escape / requests
-- expect: answer "safe"
-- control: none: a test that reaches such an address would need one; TestScriptRequests of package host has granted ones

function run()
  local urls = { "http://127.0.0.1/", "http://localhost:22/", "https://[::1]/", "http://[::ffff:127.0.0.1]/", "http://0x7f.1/", "http://2130706433/",
    "http://169.254.169.254/latest/meta-data/", "http://127.0.0.1.nip.io/", "HTTP://10.0.0.1:8080", "file:///etc/passwd", "unix:///run/docker.sock",
    "http://u:p@127.0.0.1/", "http://127.0.0.1\\@example.com/", "http://example.com#@127.0.0.1/", "http://127.0.0.1/\r\nHost: example.com" }
  local options = { {}, { redirect = "manual" }, { stream = true }, { headers = { Host = "127.0.0.1" } }, { headers = { ["X-A"] = "b\r\nHost: 127.0.0.1" } } }
  for _, url in ipairs(urls) do
    for _, opts in ipairs(options) do
      local ok, e = pcall(http.get, url, opts)
      -- What is no request at all is a string.
      if ok or type(e) == "table" and e.kind ~= "denied" then return "ESCAPED to " .. url .. ": " .. tostring(e) end
    end
  end
  return "safe"
end
